package io.github.afterimage.model.network;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The steps that convert an image, with values in 0..1, to the input of a network. They are one line of text, which an index
 * stores:
 *
 * <pre>resize=256,crop=227,order=bgr,scale=255,mean=104:117:123,std=1</pre>
 *
 * <p>The text may be the name of a {@link Preset} instead. Opening a network replaces it by the steps for the network's
 * input; {@link Network#settings()} returns them.
 *
 * <table>
 * <caption>keys, each optional</caption>
 * <tr><td>{@code resize=256}</td><td>the shorter side becomes 256, the longer side keeps the proportion (rounded down);
 *     then the centre is cropped to the network's input size</td></tr>
 * <tr><td>{@code resize=224x224}</td><td>exactly this width and height, without regard to the proportion</td></tr>
 * <tr><td>{@code interpolation=bilinear}, {@code bicubic}</td><td>the filter for resizing; default bilinear</td></tr>
 * <tr><td>{@code crop=227}, {@code crop=227x200}</td><td>the centre of this width and height; sets the input size if the
 *     network leaves it open</td></tr>
 * <tr><td>{@code order=rgb}, {@code bgr}</td><td>the order of the channels; default rgb</td></tr>
 * <tr><td>{@code scale=255}</td><td>a factor for every value; default 1</td></tr>
 * <tr><td>{@code mean=104:117:123}, {@code std=1}</td><td>after scaling, (value - mean) / std; one number, or one for
 *     each channel in the network's order; default 0 and 1</td></tr>
 * <tr><td>{@code layout=nchw}, {@code nhwc}</td><td>the layout of the input; needed only if the model's input shape is
 *     ambiguous</td></tr>
 * </table>
 *
 * <p>Resizing is separable, with pixel centres at half-integers. Shrinking widens the filter by the factor, and every source
 * pixel counts (antialiasing, as in Pillow and torchvision, but without rounding to bytes). Bicubic results are clamped to
 * 0..1. An image that already has the right size is not resampled.
 *
 * <p>Immutable. Two objects are equal if their texts are equal.
 */
public final class Preprocessing {
    /** No steps: values stay in 0..1, and images must have exactly the network's input size. */
    public static final Preprocessing NONE = new Preprocessing(null, Map.of());

    private static final List<String> KEYS =
            List.of("resize", "interpolation", "crop", "order", "scale", "mean", "std", "layout");
    private static final int MAX_SIDE = 1 << 14;

    /** A size in pixels; {@code exact} is false for a resize that gives the shorter side alone. */
    record Size(int width, int height, boolean exact) {
        @Override
        public String toString() {
            return exact ? width + "x" + height : String.valueOf(width);
        }
    }

    private final @Nullable Preset preset; // null if there are steps
    final @Nullable Size resize; // null for none
    final Interpolation interpolation;
    final @Nullable Size crop; // null for none
    final boolean blueFirst;
    final float scale;
    final List<Float> mean;
    final List<Float> deviation;
    final @Nullable Boolean channelsLast; // null to use the input shape

    private Preprocessing(@Nullable Preset preset, Map<String, String> steps) {
        this.preset = preset;
        this.resize = step(steps, "resize", part -> size(part, false));
        this.interpolation = step(
                steps,
                "interpolation",
                Interpolation.BILINEAR,
                part -> choice(part, "bicubic", "bilinear") ? Interpolation.BICUBIC : Interpolation.BILINEAR);
        this.crop = step(steps, "crop", part -> size(part, true));
        this.blueFirst = step(steps, "order", false, part -> choice(part, "bgr", "rgb"));
        this.scale = step(steps, "scale", 1f, part -> number(part.value(), part, false));
        this.mean = step(steps, "mean", List.of(0f, 0f, 0f), part -> numbers(part, true));
        this.deviation = step(steps, "std", List.of(1f, 1f, 1f), part -> numbers(part, false));
        this.channelsLast = step(steps, "layout", part -> choice(part, "nhwc", "nchw"));
    }

    private record Part(String key, String value) {
        @Override
        public String toString() {
            return key + "=" + value;
        }
    }

    private static <T> T step(Map<String, String> steps, String key, T absent, Function<Part, T> read) {
        T value = step(steps, key, read);
        return value == null ? absent : value;
    }

    private static <T> @Nullable T step(Map<String, String> steps, String key, Function<Part, T> read) {
        String value = steps.get(key);
        return value == null ? null : read.apply(new Part(key, value));
    }

    /**
     * Reads the text of {@link #toString()}; the empty text is {@link #NONE}.
     *
     * @param text the name of a {@link Preset}, or steps {@code key=value}, separated by commas
     * @throws IllegalArgumentException if a name, key or value is unknown, given twice or out of range
     */
    public static Preprocessing parse(String text) {
        String small = text.strip().toLowerCase(Locale.ROOT);
        if (small.isEmpty() || small.equals(Preset.NONE.text())) {
            return NONE;
        }
        Optional<Preset> preset = Preset.named(small);
        if (preset.isPresent()) {
            return new Preprocessing(preset.get(), Map.of());
        }
        Map<String, String> steps = new HashMap<>();
        for (String part : small.split(",", -1)) {
            int equals = part.indexOf('=');
            String key = part.substring(0, Math.max(equals, 0)).strip();
            if (!KEYS.contains(key)) {
                throw new IllegalArgumentException("preprocessing \"" + part.strip() + "\": expected one of "
                        + Preset.names() + ", or steps of " + String.join("=, ", KEYS)
                        + "= that commas separate, such as resize=256,crop=224"
                        + (part.strip().matches("[-+0-9.e]+") ? "; numbers of one step are separated by colons" : ""));
            }
            if (steps.put(key, part.substring(equals + 1).strip()) != null) {
                throw new IllegalArgumentException("preprocessing \"" + text + "\" gives " + key + " twice");
            }
        }
        return new Preprocessing(null, steps);
    }

    /**
     * Returns these steps, or the steps of the preset for the size of a network's input.
     *
     * @param width width of the input in pixels; 0 if the network leaves it open
     * @param height height likewise
     */
    Preprocessing steps(long width, long height) {
        return preset == null ? this : preset.steps(width, height);
    }

    private static Size size(Part part, boolean alwaysExact) {
        String value = part.value();
        if (!value.matches("[0-9]{1,9}(x[0-9]{1,9})?")) {
            throw new IllegalArgumentException(
                    "preprocessing \"" + part + "\": expected pixels, such as 224 or 224x224");
        }
        String[] sides = value.split("x");
        int width = Integer.parseInt(sides[0]);
        int height = Integer.parseInt(sides[sides.length - 1]);
        if (Math.min(width, height) < 1 || Math.max(width, height) > MAX_SIDE) {
            throw new IllegalArgumentException("preprocessing \"" + part + "\" is outside 1.." + MAX_SIDE);
        }
        return new Size(width, height, alwaysExact || sides.length == 2);
    }

    private static boolean choice(Part part, String yes, String no) {
        String value = part.value();
        if (!value.equals(yes) && !value.equals(no)) {
            throw new IllegalArgumentException("preprocessing \"" + part + "\": expected " + no + " or " + yes);
        }
        return value.equals(yes);
    }

    private static float number(String value, Part part, boolean zeroAllowed) {
        if (value.matches("[-+0-9.e]{1,40}")) {
            try {
                float number = Float.parseFloat(value);
                if (Float.isFinite(number) && (zeroAllowed || number != 0f)) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // reported below, as any other text
            }
        }
        throw new IllegalArgumentException(
                "preprocessing \"" + part + "\": expected a finite number" + (zeroAllowed ? "" : " other than 0"));
    }

    private static List<Float> numbers(Part part, boolean zeroAllowed) {
        String[] parts = part.value().split(":", -1);
        if (parts.length != 1 && parts.length != 3) {
            throw new IllegalArgumentException("preprocessing \"" + part + "\" has " + parts.length
                    + " numbers: expected 1, or 3 separated by colons");
        }
        float first = number(parts[0], part, zeroAllowed);
        return parts.length == 1
                ? List.of(first, first, first)
                : List.of(first, number(parts[1], part, zeroAllowed), number(parts[2], part, zeroAllowed));
    }

    /** {@return the preset's name, or the steps that differ from {@link #NONE}, in a fixed order} */
    @Override
    public String toString() {
        if (preset != null) {
            return preset.text();
        }
        return Stream.of(
                        resize == null ? null : "resize=" + resize,
                        interpolation == Interpolation.BICUBIC ? "interpolation=bicubic" : null,
                        crop == null ? null : "crop=" + (crop.width() == crop.height() ? crop.width() : crop),
                        blueFirst ? "order=bgr" : null,
                        scale == 1f ? null : "scale=" + text(scale),
                        mean.equals(NONE.mean) ? null : "mean=" + text(mean),
                        deviation.equals(NONE.deviation) ? null : "std=" + text(deviation),
                        channelsLast == null ? null : channelsLast ? "layout=nhwc" : "layout=nchw")
                .filter(Objects::nonNull)
                .collect(Collectors.joining(","));
    }

    private static String text(List<Float> values) {
        return Set.copyOf(values).size() == 1
                ? text(values.get(0))
                : values.stream().map(Preprocessing::text).collect(Collectors.joining(":"));
    }

    private static String text(float value) {
        String text = Float.toString(value).toLowerCase(Locale.ROOT).replace(".0e", "e");
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Preprocessing that && toString().equals(that.toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }

    /** {@return whether an image of the right size keeps its values} */
    boolean keepsValues() {
        return !blueFirst && scale == 1f && mean.equals(NONE.mean) && deviation.equals(NONE.deviation);
    }
}
