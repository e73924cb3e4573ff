package io.github.afterimage.model.data;

/**
 * How many pixels of a picture are decoded at the most, so that a small file that declares a large picture takes neither
 * memory nor time. The default lets through what cameras make.
 */
final class PixelLimit {
    static final String PROPERTY = "afterimage.maxPixels";
    private static final long DEFAULT = 64_000_000;
    private static final long GREATEST = Integer.MAX_VALUE / Image.CHANNELS; // one array holds a picture

    private PixelLimit() {}

    /**
     * The limit.
     *
     * @throws IllegalArgumentException if the property is not a number of pixels
     */
    static long pixels() {
        String setting = System.getProperty(PROPERTY);
        if (setting == null) {
            return DEFAULT;
        }
        if (!setting.matches("[0-9]{1,9}") || Long.parseLong(setting) < 1 || Long.parseLong(setting) > GREATEST) {
            throw new IllegalArgumentException(
                    "-D" + PROPERTY + "=" + setting + ": expected a number of pixels from 1 to " + GREATEST);
        }
        return Long.parseLong(setting);
    }
}
