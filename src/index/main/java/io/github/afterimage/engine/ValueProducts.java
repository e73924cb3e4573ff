package io.github.afterimage.engine;

import io.github.afterimage.ElementType;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.FloatRows;
import io.github.afterimage.platform.NativeMemory;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Multiplies terms {@code (tile, batch)} and values {@code (tile, width)} with OpenBLAS, in float32; sums of tiles are added in
 * double.
 */
final class ValueProducts {
    private final ScoreTiles tiles;
    private final int batch;
    private final int width;
    /** Offsets in the scratch memory: values widened to float32, then terms, then a product {@code (batch, width)}. */
    private final long valuesOffset;

    private final long termsOffset;
    private final long productOffset;

    private ValueProducts(Keys keys, Queries queries, Workspace workspace) {
        batch = queries.batch();
        width = keys.values().width();
        int rows = ScoreTiles.rows(keys, batch, width);
        long values = keys.values().type() == ElementType.FLOAT32 ? 0 : floats((long) rows * width);
        long terms = floats((long) rows * batch);
        tiles = new ScoreTiles(keys, queries, workspace, rows, values + terms + floats((long) batch * width));
        valuesOffset = tiles.spareOffset;
        termsOffset = valuesOffset + values;
        productOffset = termsOffset + terms;
    }

    private static long floats(long count) {
        return ScoreTiles.aligned(count * Float.BYTES);
    }

    /** Adds the sums of the values of keys, as {@link KeyEngine#valueSums(Keys, Queries, Partial, Workspace)}. */
    static void addSums(Keys keys, Queries queries, Partial partial, Workspace workspace) {
        ValueProducts products = new ValueProducts(keys, queries, workspace);
        products.tiles.forEach((tile, scratch) -> {
            FloatRows values = products.values(tile, scratch);
            FloatBuffer scores = products.tiles.scores(tile, scratch);
            FloatBuffer terms = products.terms(tile, scratch);
            for (int t = 0; t < partial.thetas().length; t++) {
                PortableScores.terms(scores, tile, queries, partial, t, terms);
                FloatRows product =
                        new FloatRows(scratch.floats(products.productOffset), products.batch, products.width);
                FloatRows.multiply(products.termRows(tile, scratch), true, values, false, 1, 0, product);
                products.add(partial, t, scratch);
            }
        });
    }

    private FloatRows values(Keys tile, NativeMemory scratch) {
        if (tile.values().type() == ElementType.FLOAT32) {
            return new FloatRows(new FloatPointer(tile.valueRows()), (int) tile.count(), width);
        }
        int bytes = Math.toIntExact(tile.count() * width * Float.BYTES);
        tile.widenValues(scratch.buffer(valuesOffset, bytes).asFloatBuffer());
        return new FloatRows(scratch.floats(valuesOffset), (int) tile.count(), width);
    }

    /** Terms of a tile: (count, batch) row-major. */
    private FloatBuffer terms(Keys tile, NativeMemory scratch) {
        return scratch.buffer(termsOffset, (int) tile.count() * batch * Float.BYTES)
                .asFloatBuffer();
    }

    private FloatRows termRows(Keys tile, NativeMemory scratch) {
        return new FloatRows(scratch.floats(termsOffset), (int) tile.count(), batch);
    }

    private void add(Partial partial, int t, NativeMemory scratch) {
        for (int query = 0; query < batch; query++) {
            FloatBuffer product = scratch.buffer(
                            productOffset + (long) query * width * Float.BYTES, width * Float.BYTES)
                    .asFloatBuffer();
            DoubleBuffer sums = partial.sums(t, query);
            for (int i = 0; i < width; i++) {
                sums.put(i, sums.get(i) + product.get(i));
            }
        }
    }

    /** Adds the terms of keys, as {@link KeyEngine#valueGradient}. */
    static void addGradient(Keys keys, Queries queries, Gradient gradient, Workspace workspace) {
        ValueProducts products = new ValueProducts(keys, queries, workspace);
        products.tiles.forEach((tile, scratch) -> {
            // The products of coefficients and values, without the last coefficient: (count, batch).
            FloatRows coefficients =
                    new FloatRows(gradient.coefficientsPointer(), products.batch, products.width, products.width + 1);
            FloatRows.multiply(
                    products.values(tile, scratch), false, coefficients, true, 1, 0, products.termRows(tile, scratch));
            PortableScores.weigh(
                    products.tiles.scores(tile, scratch), tile, queries, gradient, products.terms(tile, scratch));
            products.tiles.addProducts(tile, scratch, gradient.sumsPointer());
        });
    }
}
