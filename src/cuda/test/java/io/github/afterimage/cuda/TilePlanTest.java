package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.settings.ElementType;
import org.junit.jupiter.api.Test;

class TilePlanTest {
    private static final long L2 = 50L << 20;
    private static final TilePlan.Card H100 = new TilePlan.Card(132, L2);

    @Test
    void scoresOfATileStayInTheCacheUnlessTheBatchAloneIsTooLarge() {
        for (int batch : new int[] {1, 2, 17, 64, 256, 1000, 4096}) {
            TilePlan plan = TilePlan.of(batch, H100, 0);
            assertThat(plan.rows() % TilePlan.UNIT).isZero();
            assertThat(plan.rows()).isBetween(1024, 1 << 18);
            assertThat((long) plan.rows() * batch * Float.BYTES).isLessThanOrEqualTo(L2 / 2);
        }
        assertThat(TilePlan.of(4096, new TilePlan.Card(64, 6L << 20), 0).rows()).isEqualTo(1024);
    }

    @Test
    void productsGiveEachMultiprocessorTheSameNumberOfBlocks() {
        assertThat(TilePlan.of(256, H100, 0).rows()).isEqualTo(132 * 128);
        assertThat(TilePlan.of(1, H100, 0).rows()).isEqualTo(15 * 132 * 128);
        assertThat(TilePlan.of(512, H100, 0).rows()).as("two blocks of queries").isEqualTo(66 * 128);
        assertThat(TilePlan.of(64, new TilePlan.Card(132, 1 << 20), 0).rows())
                .as("less than a wave fits")
                .isEqualTo(2048);
    }

    @Test
    void classesAreCutWhereThereAreFewAndFewQueries() {
        assertThat(TilePlan.pieces(2, 1)).isEqualTo(2048);
        assertThat(TilePlan.pieces(10, 1)).isEqualTo(256);
        assertThat(TilePlan.pieces(10, 200)).isEqualTo(1);
        assertThat(TilePlan.pieces(1000, 1)).isEqualTo(4);
        assertThat(TilePlan.pieces(1 << 22, 4096)).isEqualTo(1);
    }

    @Test
    void batchesThatVaryHaveTheTilesOfTheNextPowerOfTwo() {
        for (int batch : new int[] {33, 47, 63}) {
            assertThat(TilePlan.of(batch, H100, 0)).isEqualTo(TilePlan.of(64, H100, 0));
        }
        for (int batch = 129; batch <= 256; batch++) {
            assertThat(TilePlan.of(batch, H100, 0)).isEqualTo(TilePlan.of(256, H100, 0));
        }
        assertThat(TilePlan.of(1, H100, 0)).isEqualTo(TilePlan.of(2, H100, 0));
        assertThat(TilePlan.of(257, H100, 0)).isNotEqualTo(TilePlan.of(256, H100, 0));
    }

    @Test
    void streamedTilesFitTheirBuffersHoweverLongRowsAre() {
        for (long rowBytes : new long[] {64, 4096, 49152, 100_352, 1L << 19}) {
            for (int batch : new int[] {1, 256, 4096}) {
                TilePlan plan = TilePlan.of(batch, H100, rowBytes);
                assertThat(plan.rows() * rowBytes).isLessThanOrEqualTo(TilePlan.STREAMED_BYTES);
                assertThat(plan.rows()).isGreaterThanOrEqualTo(TilePlan.UNIT);
            }
        }
        assertThat(TilePlan.of(1, H100, 1L << 30).rows()).isEqualTo(TilePlan.UNIT);
    }

    @Test
    void slotsOfAFusedTileAreBounded() {
        for (int batch : new int[] {1, 128, 129, 4096}) {
            for (double density : new double[] {0.02, 0.3, 1}) {
                TilePlan plan = TilePlan.fused(batch, 2, density, 0);
                assertThat(plan.rows() % TilePlan.UNIT).isZero();
                if (plan.rows() > TilePlan.UNIT) {
                    assertThat(plan.rows() * density * 2 * TilePlan.rounded(batch) * Float.BYTES)
                            .isLessThanOrEqualTo(Slots.MAX_BYTES);
                }
            }
        }
    }

    @Test
    void tilesCoverAllKeys() {
        TilePlan plan = new TilePlan(128, 1);
        assertThat(plan.tiles(1)).isEqualTo(1);
        assertThat(plan.tiles(128)).isEqualTo(1);
        assertThat(plan.tiles(129)).isEqualTo(2);
    }

    @Test
    void int8RowsWhoseProductsMayOverflowAreRefused() {
        assertThat(RowLayout.of(ElementType.INT8, 133_144).dim()).isEqualTo(133_144);
        assertThat(RowLayout.of(ElementType.FLOAT16, 200_000).dim()).isEqualTo(200_000);
        assertThatThrownBy(() -> RowLayout.of(ElementType.INT8, 133_145))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "i8 keys of dim 133145 on the GPU: expected at most 133144, because products are summed in 32 bits;"
                                + " store them as f16 or bf16, or choose the engine fused");
    }

    @Test
    void rowsAreWholeLinesAndProductsWholeVectors() {
        for (ElementType type : ElementType.values()) {
            for (int dim : new int[] {1, 7, 8, 15, 16, 17, 63, 64, 65, 2048, 12_288}) {
                RowLayout layout = RowLayout.of(type, dim);
                assertThat(layout.pitchBytes() % 64).isZero();
                assertThat(layout.pitchBytes() - layout.rowBytes()).isBetween(0L, 63L);
                assertThat(layout.columns() * type.bytes() % 16).isZero();
                assertThat(layout.columns()).isBetween(dim, layout.pitch());
            }
        }
    }
}
