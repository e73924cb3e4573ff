package io.github.afterimage.engine;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;

import io.github.afterimage.ElementType;
import io.github.afterimage.binding.Native;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.store.Keys;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;

/** Multiplies each tile of keys with OpenBLAS, then sums exponentials by class while the scores of the tile are in cache. */
final class BlasEngine extends Engine {
    /** Scores of a tile: 512 KiB, half of a usual L2 cache. */
    private static final int TILE_SCORES = 1 << 17;

    private static final int LARGEST_TILE = 4096;
    /** Bytes of a tile that is widened to float32, so that it is still in cache when it is multiplied. */
    private static final long WIDENED_BYTES = 4L << 20;

    private static final int SMALLEST_TILE = 16;
    /** Multiplications between two checks for cancellation: some 20 ms. */
    private static final long TILE_PRODUCTS = 1L << 29;

    BlasEngine() {
        super("blas");
    }

    @Override
    public String description() {
        return "OpenBLAS, one thread per call" + (NativeLibrary.available() ? "" : ", exponentials in plain Java");
    }

    @Override
    void classSums(Keys keys, Queries queries, Partial partial, Workspace workspace) {
        Tiles tiles = new Tiles(keys, queries, workspace, partial.classes(), partial.thetas().length);
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

    @Override
    void nearest(Keys keys, Queries queries, Nearest nearest, Workspace workspace) {
        Tiles tiles = new Tiles(keys, queries, workspace, 1, 1);
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
    void gradient(Keys keys, Queries queries, Gradient gradient, Workspace workspace) {
        Tiles tiles = new Tiles(keys, queries, workspace, 1, 1);
        tiles.forEach((tile, scratch) -> {
            PortableScores.weigh(tiles.scores(tile, scratch), tile, queries, gradient);
            cblas_sgemm(
                    CblasRowMajor,
                    CblasTrans,
                    CblasNoTrans,
                    queries.batch(),
                    keys.dim(),
                    (int) tile.count(),
                    1f,
                    scratch.floats(tiles.scoresOffset),
                    queries.batch(),
                    tiles.floatRows(tile, scratch),
                    keys.dim(),
                    1f,
                    gradient.sumsPointer(),
                    keys.dim());
        });
    }

    /** Maximum bytes of the keys and scores of a tile, without the workspace of the kernels. */
    static long tileBytes(int batch, int dim) {
        return Math.max(WIDENED_BYTES, (long) SMALLEST_TILE * dim * Float.BYTES)
                + (long) Math.max(TILE_SCORES, SMALLEST_TILE * batch) * Float.BYTES
                + 2 * 64;
    }

    /** Splits the keys into tiles whose scores (tile, batch) stay in cache. */
    private static final class Tiles {
        final Keys keys;
        final Queries queries;
        final Workspace workspace;
        final int tileRows;
        /** Offset of the scores, behind the keys that are widened to float32; 0 for float32 keys. */
        final long scoresOffset;

        final long spareOffset;
        final long bytes;

        Tiles(Keys keys, Queries queries, Workspace workspace, int classes, int thetas) {
            this.keys = keys;
            this.queries = queries;
            this.workspace = workspace;
            boolean widens = keys.type() != ElementType.FLOAT32;
            long rowBytes = (long) keys.dim() * Float.BYTES;
            long mostRows = Math.min(
                    TILE_PRODUCTS / ((long) queries.batch() * keys.dim()),
                    widens ? WIDENED_BYTES / rowBytes : LARGEST_TILE);
            tileRows = (int)
                    Math.max(SMALLEST_TILE, Math.min(mostRows, Math.min(LARGEST_TILE, TILE_SCORES / queries.batch())));
            long widened = widens ? tileRows * rowBytes : 0;
            scoresOffset = aligned(widened);
            spareOffset = aligned(scoresOffset + (long) tileRows * queries.batch() * Float.BYTES);
            bytes = spareOffset
                    + (NativeLibrary.available()
                            ? Native.afterimage_workspace_bytes(queries.batch(), 1, classes, thetas, 1)
                            : 1);
        }

        private static long aligned(long bytes) {
            return (bytes + 63) / 64 * 64;
        }

        void forEach(TileVisitor visitor) {
            NativeMemory scratch = workspace.scratch(bytes);
            for (long row = 0; row < keys.count(); row += tileRows) {
                workspace.checkCancelled();
                Keys tile = keys.slice(row, Math.min(tileRows, keys.count() - row));
                product(tile, widen(tile, scratch), scratch.floats(scoresOffset));
                visitor.visit(tile, scratch);
            }
        }

        private FloatPointer widen(Keys tile, NativeMemory scratch) {
            if (tile.type() != ElementType.FLOAT32) {
                Native.afterimage_load(
                        tile.rows(),
                        tile.scales(),
                        tile.count(),
                        tile.dim(),
                        tile.type().code(),
                        scratch.floats(0));
            }
            return floatRows(tile, scratch);
        }

        FloatPointer floatRows(Keys tile, NativeMemory scratch) {
            return tile.type() == ElementType.FLOAT32 ? tile.floatRows() : scratch.floats(0);
        }

        /** The scores of a tile: (count, batch) row-major. */
        FloatBuffer scores(Keys tile, NativeMemory scratch) {
            int length = (int) tile.count() * queries.batch() * Float.BYTES;
            return scratch.buffer(scoresOffset, length).asFloatBuffer();
        }

        private void product(Keys tile, FloatPointer rows, FloatPointer scores) {
            int count = (int) tile.count();
            int dim = tile.dim();
            int batch = queries.batch();
            if (batch == 1) {
                cblas_sgemv(CblasRowMajor, CblasNoTrans, count, dim, 1f, rows, dim, queries.rows(), 1, 0f, scores, 1);
            } else {
                cblas_sgemm(
                        CblasRowMajor,
                        CblasNoTrans,
                        CblasTrans,
                        count,
                        batch,
                        dim,
                        1f,
                        rows,
                        dim,
                        queries.rows(),
                        dim,
                        0f,
                        scores,
                        batch);
            }
        }
    }

    private interface TileVisitor {
        void visit(Keys tile, NativeMemory scratch);
    }
}
