package io.github.afterimage.scan;

import static io.github.afterimage.Numbers.filled;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.ElementType;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.RowBits;
import io.github.afterimage.keys.Snapshot;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class QueriedKeysTest {
    @Test
    void rowBitsAgreeWithABitSet() {
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int rows = 1 + random.nextInt(5000);
            RowBits bits = new RowBits(rows);
            BitSet expected = new BitSet();
            expected.set(0, rows);
            double cleared = List.of(0.0, 0.001, 0.5, 0.999, 1.0).get(random.nextInt(5));
            for (int row = 0; row < rows; row++) {
                if (random.nextDouble() < cleared) {
                    bits.clear(row);
                    expected.clear(row);
                }
            }
            bits.count();
            String as = "seed " + seed;
            long rank = 0;
            for (int row = 0; row < rows; row++) {
                assertThat(bits.rank(row)).as(as).isEqualTo(rank);
                assertThat(bits.get(row)).as(as).isEqualTo(expected.get(row));
                int next = expected.nextSetBit(row);
                assertThat(bits.nextMarked(row)).as(as).isEqualTo(next < 0 ? rows : next);
                if (expected.get(row)) {
                    assertThat(bits.select(rank++)).as(as).isEqualTo(row);
                }
            }
            assertThat(bits.rank(rows)).as(as).isEqualTo(rank);
        }
    }

    /** Blocks without a key, whole blocks, few and many keys, in every order. */
    @Test
    void aScanPassesEachChosenKeyOnceUnderItsRow() {
        for (long seed = 0; seed < 40; seed++) {
            Random random = new Random(seed);
            int size = 1 + random.nextInt(30_000);
            List<Long> expected = new ArrayList<>();
            try (KeyStore store = new KeyStore(1, 1, ElementType.FLOAT32, size);
                    KeyTile tile = new KeyTile()) {
                float[] rows = filled(size, 1);
                store.add(KeyRows.of(FloatBuffer.wrap(rows), new int[size]));
                double[] shares = {0, 0.02, 0.6, 0.97, 1};
                double share = 0;
                for (long id = 0; id < size; id++) {
                    if (id % 500 == 0 && random.nextInt(id % 10_000 == 0 ? 1 : 20) == 0) {
                        share = shares[random.nextInt(shares.length)];
                    }
                    if (random.nextDouble() < share) {
                        expected.add(id);
                    }
                }
                double inPlace = List.of(0.0, 0.5, 0.8, 2.0).get((int) seed % 4);
                try (Snapshot snapshot = store.snapshot()) {
                    KeyFilter filter =
                            KeyFilter.ids(expected.stream().mapToLong(id -> id).toArray());
                    QueriedKeys chosen = new QueriedKeys(snapshot, filter, inPlace);
                    String as = "seed " + seed + ", size " + size;
                    assertThat(chosen.size()).as(as).isEqualTo(expected.size());
                    List<Long> found = new ArrayList<>();
                    long cut = random.nextInt((int) chosen.rows() + 1);
                    for (KeyScan scan : List.of(chosen.scan(0, cut), chosen.scan(cut, chosen.rows()))) {
                        scan.forEach(
                                tile,
                                100,
                                parts -> parts.forEach(keys -> LongStream.range(0, keys.count())
                                        .filter(offset -> !keys.isRemoved(offset))
                                        .forEach(offset -> found.add(chosen.key(keys.firstRow() + offset)
                                                .id(0)))));
                    }
                    found.sort(null); // gathered rows wait for others
                    assertThat(found).as(as).isEqualTo(expected);
                }
            }
        }
    }
}
