package io.github.afterimage.model.data;

/**
 * The maximum number of pixels of a decoded image. It protects memory and time from small files that declare large images;
 * the default admits the images of cameras.
 */
final class PixelLimit {
    static final String PROPERTY = "afterimage.maxPixels";
    private static final long DEFAULT = 64_000_000;
    private static final long MAX_PIXELS = Integer.MAX_VALUE / Image.CHANNELS; // one array holds an image

    private PixelLimit() {}

    /**
     * Returns the limit.
     *
     * @throws IllegalArgumentException if the property is not a number of pixels
     */
    static long pixels() {
        String setting = System.getProperty(PROPERTY);
        if (setting == null) {
            return DEFAULT;
        }
        if (!setting.matches("[0-9]{1,9}") || Long.parseLong(setting) < 1 || Long.parseLong(setting) > MAX_PIXELS) {
            throw new IllegalArgumentException(
                    "-D" + PROPERTY + "=" + setting + ": expected a number of pixels from 1 to " + MAX_PIXELS);
        }
        return Long.parseLong(setting);
    }
}
