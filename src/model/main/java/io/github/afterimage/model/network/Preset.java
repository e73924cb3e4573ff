package io.github.afterimage.model.network;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A convention of preprocessing that many published networks follow. Images get the size of the network's input. If the
 * network leaves the size open, it is {@value #SIDE} pixels, and {@value #CAFFE_SIDE} for {@link #CAFFE}.
 *
 * <p>Presets with a margin resize the shorter side to 256/224 of the input's side and crop the centre. Inputs of less than
 * {@value #MIN_SIDE_WITH_MARGIN} pixels have no margin, because networks for small images are trained on whole images.
 */
public enum Preset {
    /** No steps: values stay in 0..1, and images must have exactly the network's size. */
    NONE("", false, false),
    /** torchvision's networks for ImageNet: RGB, with a margin, standardised by ImageNet's mean and deviation. */
    IMAGENET("mean=0.485:0.456:0.406,std=0.229:0.224:0.225", true, false),
    /** Keras' mode "tf": RGB, the whole image resized exactly to the input, values in -1..1. */
    IMAGENET_TF("scale=2,mean=1", false, true),
    /** Caffe's networks, and Keras' mode "caffe": BGR, with a margin, values in 0..255 less the mean. */
    CAFFE("order=bgr,scale=255,mean=104:117:123", true, false),
    /** OpenAI's CLIP: RGB, bicubic, the centre without a margin, standardised by CLIP's mean and deviation. */
    CLIP(
            "interpolation=bicubic,mean=0.48145466:0.4578275:0.40821073,std=0.26862954:0.26130258:0.27577711",
            false,
            false);

    static final int SIDE = 224;
    static final int CAFFE_SIDE = 227; // AlexNet's and SqueezeNet's
    static final int MIN_SIDE_WITH_MARGIN = 160;

    private static final double MARGIN = 256.0 / 224;

    private final String values;
    private final boolean margin;
    private final boolean whole;

    Preset(String values, boolean margin, boolean whole) {
        this.values = values;
        this.margin = margin;
        this.whole = whole;
    }

    /** {@return the name that {@link Preprocessing#parse} takes, such as {@code imagenet-tf}} */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Optional<Preset> named(String text) {
        return Arrays.stream(values())
                .filter(preset -> preset.text().equals(text))
                .findFirst();
    }

    static String names() {
        return Arrays.stream(values()).map(Preset::text).collect(Collectors.joining(", "));
    }

    /**
     * Returns the steps for an input size.
     *
     * @param width width of the network's input in pixels; 0 if the network leaves it open
     * @param height height likewise
     */
    public Preprocessing steps(long width, long height) {
        if (this == NONE) {
            return Preprocessing.NONE;
        }
        long open = this == CAFFE ? CAFFE_SIDE : SIDE;
        long columns = width > 0 ? width : height > 0 ? height : open;
        long rows = height > 0 ? height : columns;
        String size = columns + "x" + rows;
        String sizes = whole ? "resize=" + size : "resize=" + shorterSide(Math.max(columns, rows)) + ",crop=" + size;
        return Preprocessing.parse(sizes + "," + values);
    }

    /** {@return the shorter side of the resized image whose centre has this side} */
    private long shorterSide(long side) {
        if (!margin || side < MIN_SIDE_WITH_MARGIN) {
            return side;
        }
        return side == CAFFE_SIDE ? 256 : Math.round(side * MARGIN); // 256 as AlexNet and SqueezeNet
    }
}
