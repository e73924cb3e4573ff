package io.github.afterimage.experiments.report;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.Thumbnail;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Small pictures in captioned rows, embedded in the page. Not thread-safe. */
public final class PictureGrid {
    private static final int SMALL = 56;

    private final int pixels;
    private final List<String> rows = new ArrayList<>();

    /** Makes a grid of pictures that are shown small. */
    public PictureGrid() {
        this(SMALL);
    }

    /** @param pixels the width of each picture on the page */
    public PictureGrid(int pixels) {
        this.pixels = pixels;
    }

    /**
     * Adds a row.
     *
     * @param pictures each (3, height, width) row-major; values outside 0..1 are clipped
     */
    public PictureGrid row(String caption, List<float[]> pictures, int width, int height) {
        StringBuilder row = new StringBuilder("<figure><figcaption>" + Markup.escape(caption) + "</figcaption>");
        for (float[] picture : pictures) {
            row.append(image(picture, width, height));
        }
        rows.add(row.append("</figure>\n").toString());
        return this;
    }

    private String image(float[] picture, int width, int height) {
        return Markup.format(
                "<img alt=\"\" width=\"%d\" height=\"%d\" src=\"data:image/png;base64,%s\"/>",
                pixels, pixels * height / width, Base64.getEncoder().encodeToString(png(picture, width, height)));
    }

    /** Encodes values, {@code (3, height, width)} and clipped to 0..1, as a PNG file. */
    public static byte[] png(float[] values, int width, int height) {
        return Thumbnail.png(Image.computed(width, height, values));
    }

    /** Returns the grid as HTML. */
    public String html() {
        return String.join("", rows);
    }
}
