package io.github.afterimage.model.data;

/** Chosen images of a set, in any order. */
final class SelectedImages extends ImageView {
    private final String name;
    private final int[] rows;

    SelectedImages(String name, ImageSet base, int[] rows) {
        super(base);
        this.name = name;
        this.rows = rows;
    }

    @Override
    protected int original(int index) {
        return rows[index];
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int size() {
        return rows.length;
    }
}
