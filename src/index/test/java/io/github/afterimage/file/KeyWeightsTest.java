package io.github.afterimage.file;

import static io.github.afterimage.Refusals.assertCorrupt;
import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertNotEnoughMemory;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Durability;
import io.github.afterimage.ElementType;
import io.github.afterimage.InvalidRowException;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.KeyEntry;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.PartitionedIndexWriter;
import io.github.afterimage.Progress;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.log.LogFile;
import io.github.afterimage.log.LogNames;
import io.github.afterimage.platform.FailingAllocations;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyWeightsTest {
    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("index.safetensors");
    }

    /** Five keys with ids 0 to 4 and labels 0, 1, 0, 1, 0. */
    private static CacheIndex index() {
        CacheIndex index = new CacheIndexBuilder(2, 2).threads(1).build();
        index.add(new float[] {1, 0, 0, 1, 1, 1, 1, 2, 2, 1}, new int[] {0, 1, 0, 1, 0});
        return index;
    }

    private static List<Float> weights(CacheIndex index) {
        return index.list(0, 100).stream().map(KeyEntry::weight).toList();
    }

    private List<Float> opened() throws IOException {
        try (CacheIndex index = CacheIndex.open(file(), new OpenOptions().threads(1))) {
            return weights(index);
        }
    }

    @Test
    void aSnapshotKeepsTheWeightsOfItsMoment() {
        try (CacheIndex index = index()) {
            float[] query = {1, 1};
            float[] before = index.query(query, 3).row(0).probabilities();
            try (CacheIndex moment = index.snapshot()) {
                index.weigh(new long[] {4, 1}, new float[] {3, 0.5f});
                assertThat(weights(moment)).containsExactly(1f, 1f, 1f, 1f, 1f);
                assertThat(moment.query(query, 3).row(0).probabilities()).containsExactly(before);
                assertThat(weights(index)).containsExactly(1f, 0.5f, 1f, 1f, 3f);
                assertThat(index.query(query, 3).row(0).probabilities()).isNotEqualTo(before);
            }
            index.weigh(new long[] {1, 4}, new float[] {1, 1});
            assertThat(index.query(query, 3).row(0).probabilities()).containsExactly(before);
        }
    }

    private static KeyBatch batch(float[] features, float... weights) {
        return KeyBatch.of(features, new int[weights.length]).weights(weights);
    }

    @Test
    void keysAreAddedAndReplacedWithWeights() {
        float[] query = {1, 1};
        try (CacheIndex index = index();
                CacheIndex weighed = index()) {
            float[] before = index.query(query, 3).row(0).probabilities();
            try (CacheIndex moment = index.snapshot()) {
                index.add(batch(new float[] {3, 1, 1, 3}, 0.5f, 1));
                index.replace(new long[] {3}, batch(new float[] {2, 3}, 4));
                index.add(new float[] {1, 5}, new int[] {1});
                assertThat(weights(moment)).containsExactly(1f, 1f, 1f, 1f, 1f);
                assertThat(moment.query(query, 3).row(0).probabilities()).containsExactly(before);
            }
            assertThat(weights(index)).containsExactly(1f, 1f, 1f, 1f, 0.5f, 1f, 4f, 1f);
            weighed.add(new float[] {3, 1, 1, 3}, new int[2]);
            weighed.replace(new long[] {3}, KeyBatch.of(new float[] {2, 3}, new int[1]));
            weighed.add(new float[] {1, 5}, new int[] {1});
            weighed.weigh(new long[] {5, 7}, new float[] {0.5f, 4});
            assertThat(index.query(query, 3).row(0).probabilities())
                    .containsExactly(weighed.query(query, 3).row(0).probabilities());
        }
    }

    @Test
    void keysWithWeightsThatAreNotInRangeAreRefused() {
        try (CacheIndex index = index()) {
            for (float bad : new float[] {0, -1, 1e-7f, Float.NaN, Float.POSITIVE_INFINITY}) {
                assertThatThrownBy(() -> index.add(batch(new float[] {1, 0, 1, 0}, 2, bad)))
                        .isInstanceOf(InvalidRowException.class)
                        .hasMessageStartingWith("key 1 has weight " + bad + ": expected 1e-6 to 1e6; leave out a key");
            }
            assertIllegalArgument(() -> index.add(
                            KeyBatch.of(new float[] {1, 0, 1, 0}, new int[2]).weights(new float[1])))
                    .hasMessage("1 weights: expected 2, one for each key");
            assertThat(weights(index)).containsExactly(1f, 1f, 1f, 1f, 1f);
        }
    }

    @Test
    void aRefusedKeyLeavesItsWeightToNoOther() {
        try (CacheIndex index = index()) {
            index.weigh(new long[] {0}, new float[] {2});
            assertThatThrownBy(() -> FailingAllocations.fail(
                            1,
                            () -> index.replace(new long[] {2}, batch(new float[] {1, 1}, 7)))) // marks of removed keys
                    .isInstanceOf(NotEnoughMemoryException.class);
            index.add(new float[] {1, 5}, new int[] {1});
            assertThat(weights(index)).containsExactly(2f, 1f, 1f, 1f, 1f, 1f);
        }
    }

    @Test
    void aBuildInPartsKeepsTheWeightsAlsoAfterAnInterruption() throws IOException {
        CacheIndexBuilder builder = new CacheIndexBuilder(2, 2).threads(1);
        float[] rows = {1, 1, 1, 2, 1, 3, 1, 4, 1, 5};
        try (PartitionedIndexWriter writer = builder.buildInParts(file(), 2)) {
            writer.add(batch(rows, 1, 2, 3, 1, 5));
        }
        try (PartitionedIndexWriter writer = builder.buildInParts(file(), 2)) {
            assertThat(writer.size()).isEqualTo(4);
            writer.add(batch(new float[] {1, 6}, 6));
            writer.complete();
        }
        assertThat(opened()).containsExactly(1f, 2f, 3f, 1f, 6f);
        assertThat(IndexCheck.findings(file())).isEmpty();
    }

    @Test
    void weightsOf1TakeNoMemory() {
        try (CacheIndex index = index()) {
            long plain = MemoryUse.bytes();
            index.weigh(new long[] {2}, new float[] {2});
            assertThat(MemoryUse.bytes()).isGreaterThan(plain);
            index.weigh(new long[] {2}, new float[] {1});
            assertThat(MemoryUse.bytes()).isEqualTo(plain);
        }
    }

    @Test
    void refusesWeightsThatAreNotInRangeAndIdsThatHaveNoKey() {
        try (CacheIndex index = index()) {
            for (float bad : new float[] {0, -1, 1e-7f, 1.1e6f, Float.NaN, Float.POSITIVE_INFINITY}) {
                assertIllegalArgument(() -> index.weigh(new long[] {0, 1}, new float[] {2, bad}))
                        .hasMessage("weight " + bad
                                + " at place 1: expected 1e-6 to 1e6; remove a key that is to have no" + " effect");
            }
            assertIllegalArgument(() -> index.weigh(new long[] {0, 5}, new float[] {2, 2}))
                    .hasMessageStartingWith("id 5 at place 1: no key has this id");
            assertIllegalArgument(() -> index.weigh(new long[] {3, 0, 3}, new float[] {2, 2, 2}))
                    .hasMessage("id 3 at place 2: expected each id once");
            assertIllegalArgument(() -> index.weigh(new long[] {3}, new float[0]))
                    .hasMessage("1 ids and 0 weights: expected a weight for each id");
            index.weigh(new long[0], new float[0]);
            assertThat(weights(index)).containsExactly(1f, 1f, 1f, 1f, 1f);
        }
    }

    @Test
    void changesNothingWhenMemoryIsRefused() {
        try (CacheIndex index = index()) {
            long limit = MemoryUse.limit();
            MemoryUse.limit(1);
            try {
                assertNotEnoughMemory(() -> index.weigh(new long[] {0}, new float[] {2}));
            } finally {
                MemoryUse.limit(limit);
            }
            assertThat(weights(index)).containsExactly(1f, 1f, 1f, 1f, 1f);
        }
    }

    @Test
    void aSaveWritesWeightsAndNoKeyAgain() throws IOException {
        try (CacheIndex index = index()) {
            index.save(file());
            assertThat(version()).isEqualTo(1);
            index.weigh(new long[] {3}, new float[] {0.25f});
            index.save(file());
            assertThat(version()).isEqualTo(4);
            assertThat(opened()).containsExactly(1f, 1f, 1f, 0.25f, 1f);
            assertThat(Files.exists(folder.resolve("index.0001.safetensors"))).isTrue();
            assertThat(Files.size(file())).isLessThan(8192);
            index.weigh(new long[] {3, 0}, new float[] {0.5f, 2});
            index.remove(0);
            index.save(file());
            assertThat(opened()).containsExactly(1f, 1f, 0.5f, 1f);
            index.weigh(new long[] {3}, new float[] {1});
            index.files().saveWhole(file(), index.attributes());
            assertThat(version()).isEqualTo(1);
            assertThat(opened()).containsExactly(1f, 1f, 1f, 1f);
        }
        assertThat(IndexCheck.findings(file())).isEmpty();
    }

    /** A whole file with weights becomes a part: the file that names it has the weights of later. */
    @Test
    void theWeightsOfAPartDoNotCount() throws IOException {
        try (CacheIndex index = index()) {
            index.weigh(new long[] {1}, new float[] {7});
            index.save(file());
            index.weigh(new long[] {1}, new float[] {1});
            index.save(file());
            assertThat(version()).isEqualTo(2);
        }
        assertThat(opened()).containsExactly(1f, 1f, 1f, 1f, 1f);
        assertThat(IndexCheck.findings(file())).isEmpty();
    }

    @Test
    void thePartsOfAnIndexHaveItsWeights() throws IOException {
        try (CacheIndex index = index()) {
            index.save(file());
            index.add(new float[] {1, 3}, new int[] {1});
            index.weigh(new long[] {1, 5}, new float[] {7, 8});
            index.save(file());
        }
        for (int part = 0; part < 2; part++) {
            try (CacheIndex index =
                    CacheIndex.open(file(), new OpenOptions().threads(1).parts(part, part + 1))) {
                assertThat(weights(index)).isEqualTo(part == 0 ? List.of(1f, 7f, 1f, 1f, 1f) : List.of(8f));
            }
        }
    }

    @Test
    void aConvertedIndexHasTheSameWeights() throws IOException {
        try (CacheIndex index = index()) {
            index.weigh(new long[] {1, 4}, new float[] {7, 8});
            index.remove(2);
            index.save(file());
        }
        Path whole = folder.resolve("whole.safetensors");
        try (StoredIndex stored = StoredIndex.open(file(), true)) {
            stored.convert(whole, null, Progress.NONE);
        }
        try (CacheIndex index = CacheIndex.open(whole)) {
            assertThat(weights(index)).containsExactly(1f, 7f, 1f, 8f);
        }
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());
        try (StoredIndex stored = StoredIndex.open(file(), true)) {
            stored.convert(file(), ElementType.FLOAT16, Progress.NONE);
        }
        assertThat(opened()).containsExactly(1f, 7f, 1f, 8f);
    }

    @Test
    void weightsAreExportedIfThereAreSome() throws IOException {
        for (boolean weighted : new boolean[] {false, true}) {
            try (CacheIndex index = index()) {
                index.weigh(weighted ? new long[] {1} : new long[0], weighted ? new float[] {7} : new float[0]);
                index.files().saveWhole(file(), index.attributes());
            }
            try (StoredIndex stored = StoredIndex.open(file(), true)) {
                stored.export(folder.resolve("keys.npy"), Progress.NONE);
            }
            Path exported = folder.resolve("keys.weights.npy");
            assertThat(Files.exists(exported)).isEqualTo(weighted);
            if (weighted) {
                byte[] bytes = Files.readAllBytes(exported);
                ByteBuffer values = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
                assertThat(values.getFloat(bytes.length - 4 * Float.BYTES)).isEqualTo(7);
                assertThat(values.getFloat(bytes.length - Float.BYTES)).isEqualTo(1);
            }
        }
    }

    @Test
    void aReducedIndexHasTheSameWeights() throws IOException {
        try (CacheIndex index = index()) {
            index.weigh(new long[] {1, 4}, new float[] {7, 8});
            index.remove(2);
            index.save(file());
        }
        try (StoredIndex stored = StoredIndex.open(file(), true);
                CacheIndex reduced = stored.reduce(Reduction.gaussian(2), ElementType.FLOAT32, 0, 1, Progress.NONE)
                        .index()) {
            assertThat(weights(reduced)).containsExactly(1f, 7f, 1f, 8f);
        }
    }

    @Test
    void aLogHasTheWeightsInAFileOfItsOwnVersion() throws IOException {
        OpenOptions logged = new OpenOptions().threads(1).log(Durability.everyChange());
        try (CacheIndex index = index()) {
            index.save(file());
        }
        try (CacheIndex index = CacheIndex.open(file(), logged)) {
            index.add(new float[] {1, 3}, new int[] {1});
            index.weigh(new long[] {5, 2}, new float[] {7, 8});
            index.replace(new long[] {5}, batch(new float[] {3, 1, 3, 2}, 1, 9));
            assertThat(opened()).containsExactly(1f, 1f, 8f, 1f, 1f, 1f, 9f);
        }
        int[] versions = {1, LogFile.VERSION_OF_WEIGHTS, LogFile.VERSION_OF_ADDED_WEIGHTS};
        for (int i = 0; i < versions.length; i++) {
            byte[] bytes = Files.readAllBytes(new LogNames(file()).path(i + 1));
            assertThat(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(Long.BYTES))
                    .isEqualTo(versions[i]);
        }
        assertThat(IndexCheck.findings(file())).isEmpty();
        try (CacheIndex index = CacheIndex.open(file(), logged)) {
            assertThat(weights(index)).containsExactly(1f, 1f, 8f, 1f, 1f, 1f, 9f);
            index.save(file());
        }
        assertThat(opened()).containsExactly(1f, 1f, 8f, 1f, 1f, 1f, 9f);
    }

    @Test
    void refusesAFileWithAWeightThatIsNotInRangeOrOfNoKey() throws IOException {
        try (CacheIndex index = index()) {
            index.weigh(new long[] {1, 3}, new float[] {7, 8});
            index.save(file());
        }
        byte[] bytes = Files.readAllBytes(file());
        ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int weights = bytes.length - 2 * Float.BYTES;
        int ids = weights - 2 * Long.BYTES;
        assertThat(data.getFloat(weights)).isEqualTo(7);
        assertThat(data.getLong(ids)).isEqualTo(1);
        for (float bad : new float[] {0, -2, Float.NaN, 2e6f}) {
            Files.write(file(), Arrays.copyOf(bytes, bytes.length));
            damage(
                    weights + Float.BYTES,
                    ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(bad));
            assertCorrupt(() -> CacheIndex.open(file(), new OpenOptions().verify(false)))
                    .hasMessageContaining("weights: " + bad + " at row 1, expected a weight of 1e-6 to 1e6");
        }
        Files.write(file(), bytes);
        damage(
                ids + Long.BYTES,
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(9));
        assertCorrupt(() -> CacheIndex.open(file(), new OpenOptions().verify(false)))
                .hasMessageContaining("weights: id 9 belongs to no key");
        assertThat(IndexCheck.findings(file())).anyMatch(finding -> finding.contains("weighted_ids: the checksum"));
    }

    private void damage(int position, ByteBuffer value) throws IOException {
        byte[] bytes = Files.readAllBytes(file());
        System.arraycopy(value.array(), 0, bytes, position, value.capacity());
        Files.write(file(), bytes);
    }

    private int version() throws IOException {
        String header = new String(Files.readAllBytes(file()), StandardCharsets.ISO_8859_1);
        int at = header.indexOf("\"afterimage.version\":\"") + "\"afterimage.version\":\"".length();
        return header.charAt(at) - '0';
    }
}
