package io.github.afterimage.scan;

import io.github.afterimage.keys.Keys;
import java.util.List;
import java.util.function.Consumer;

/** Passes the rows of stretches that a query sees: in place, with a mask, or gathered in tiles. */
final class ChosenScan implements KeyScan {
    private final List<Stretch> stretches;
    private final PlainScan sources;
    private final long version;

    /** @param sources reads the rows of these stretches where they are, perhaps in several slices each */
    ChosenScan(List<Stretch> stretches, PlainScan sources, long version) {
        this.stretches = stretches;
        this.sources = sources;
        this.version = version;
    }

    @Override
    public void forEach(KeyTile tile, long leastRows, Consumer<List<Keys>> visitor) {
        tile.begin(leastRows, version, visitor);
        int[] current = {0};
        sources.forEach(slices -> {
            for (Keys slice : slices) {
                Stretch stretch = stretches.get(current[0]);
                long from = slice.segmentRow() - stretch.slice().from();
                visit(stretch, slice, from, from + slice.count(), tile, visitor);
                if (from + slice.count() == stretch.to()) {
                    current[0]++;
                }
            }
        });
        tile.flush();
    }

    private void visit(Stretch stretch, Keys slice, long from, long to, KeyTile tile, Consumer<List<Keys>> visitor) {
        switch (stretch.way()) {
            case WHOLE -> visitor.accept(List.of(slice));
            case MASKED -> {
                for (long row = 0; row < slice.count(); row += KeyTile.MASKED_ROWS) {
                    Keys part = slice.slice(row, Math.min(KeyTile.MASKED_ROWS, slice.count() - row));
                    visitor.accept(List.of(tile.masked(part)));
                }
            }
            case GATHERED -> tile.gather(stretch, from, to);
        }
    }
}
