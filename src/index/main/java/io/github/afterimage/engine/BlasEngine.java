package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.NativeLibrary;

/** Multiplies each tile of keys with OpenBLAS, then sums exponentials by class while the scores of the tile are in cache. */
public final class BlasEngine extends KeyEngine {
    public static final BlasEngine INSTANCE = new BlasEngine();

    private BlasEngine() {
        super("blas");
    }

    @Override
    public String description() {
        return "OpenBLAS, one thread per call" + (NativeLibrary.available() ? "" : ", exponentials in plain Java");
    }

    @Override
    protected void classSums(Keys keys, Queries queries, Partial partial, Workspace workspace) {
        ScoreTiles tiles = new ScoreTiles(
                keys, queries, workspace, spareBytes(queries, partial.classes(), partial.thetas().length));
        tiles.forEach((tile, scores) -> {
            if (NativeLibrary.available()) {
                workspace.check(Native.afterimage_class_sums_of_scores(
                        scores.floats(tiles.scoresOffset),
                        queries.batch(),
                        workspace.nativeKeys(tile),
                        queries.references(),
                        queries.batch(),
                        partial.thetasPointer(),
                        partial.thetas().length,
                        partial.classes(),
                        scores.at(tiles.spareOffset),
                        partial.sumsPointer(),
                        partial.maximaPointer()));
            } else {
                PortableScores.classSums(tiles.scores(tile, scores), tile, queries, partial);
            }
        });
    }

    private static long spareBytes(Queries queries, int classes, int thetas) {
        return NativeLibrary.available()
                ? Native.afterimage_workspace_bytes(queries.batch(), 1, classes, thetas, 1)
                : 1;
    }

    @Override
    protected void nearest(Keys keys, Queries queries, Nearest nearest, Workspace workspace) {
        ScoreTiles tiles = new ScoreTiles(keys, queries, workspace, spareBytes(queries, 1, 1));
        tiles.forEach((tile, scores) -> {
            if (NativeLibrary.available()) {
                workspace.check(Native.afterimage_nearest_of_scores(
                        scores.floats(tiles.scoresOffset),
                        queries.batch(),
                        workspace.nativeKeys(tile),
                        queries.batch(),
                        tile.firstRow(),
                        nearest.k(),
                        nearest.scoresPointer(),
                        nearest.rowsPointer()));
            } else {
                PortableScores.nearest(tiles.scores(tile, scores), tile, nearest);
            }
        });
    }

    @Override
    protected void gradient(Keys keys, Queries queries, Gradient gradient, Workspace workspace) {
        ScoreTiles tiles = new ScoreTiles(keys, queries, workspace, spareBytes(queries, 1, 1));
        tiles.forEach((tile, scratch) -> {
            PortableScores.weigh(tiles.scores(tile, scratch), tile, queries, gradient);
            tiles.addProducts(tile, scratch, gradient.sumsPointer());
        });
    }
}
