package io.github.afterimage;

import static io.github.afterimage.NaturalKeys.DIM;
import static io.github.afterimage.NaturalKeys.SIZE;
import static io.github.afterimage.NaturalKeys.estimated;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.tensors.SafeTensorsHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A sketch that was saved is read instead of made, where it belongs to the keys. */
class SavedSketchTest {
    private static final int COMPONENTS = 64;
    /** The version, the number of components, and four deviations. */
    private static final int HEAD = 24;

    private final NaturalKeys drawn = new NaturalKeys(17);

    @TempDir
    private Path folder;

    @BeforeAll
    static void needsTheKernels() {
        assumeTrue(NativeLibrary.available(), "no native library");
    }

    private static CacheIndex open(Path file, int components) throws IOException {
        return CacheIndex.open(
                file, new OpenOptions().sketch(components).threads(1).audit(0));
    }

    /** Saves an index with its sketch. */
    private Path saved() throws IOException {
        Path plain = drawn.save(folder, ElementType.BFLOAT16);
        Path file = folder.resolve("sketched.safetensors");
        try (CacheIndex index = open(plain, COMPONENTS)) {
            index.save(file);
        }
        return file;
    }

    private static SafeTensorsHeader header(byte[] bytes) {
        int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        return SafeTensorsHeader.parse(ByteBuffer.wrap(bytes, SafeTensorsHeader.LENGTH_BYTES, length));
    }

    /** Returns where the sketch begins in a file (0), or ends (1). */
    private static int place(byte[] bytes, int end) {
        int header = SafeTensorsHeader.LENGTH_BYTES
                + (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        SafeTensorsHeader.Entry sketch = header(bytes).tensors(true).get("sketch");
        return header + (int) (end == 0 ? sketch.begin() : sketch.end());
    }

    /** Returns the calibration in a file of so many keys. */
    private static byte[] calibration(Path file, int size) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int codes = place(bytes, 0) + HEAD + COMPONENTS * DIM * Float.BYTES;
        return Arrays.copyOfRange(bytes, codes + size * (COMPONENTS / 4 + Short.BYTES), place(bytes, 1));
    }

    /** Changes bytes before the end of the sketch without a word to the checksums. */
    private static Path damaged(Path file, int last) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int end = place(bytes, 1);
        Arrays.fill(bytes, end - last, end - last + 1000, (byte) 1);
        return Files.write(file.resolveSibling("other.safetensors"), bytes);
    }

    /** Saves an index with its sketch, after a query at θ = 20 within 0.01. */
    private Path calibrated() throws IOException {
        Path file = folder.resolve("calibrated.safetensors");
        try (CacheIndex index = open(saved(), COMPONENTS)) {
            estimated(index, drawn.query(0), 20, 0.01);
            index.save(file);
        }
        return file;
    }

    /** Returns the calibration of an index after another query. */
    private byte[] next(CacheIndex index) throws IOException {
        estimated(index, drawn.query(1), 20, 0.01);
        Path file = Files.createTempFile(folder, "next", ".safetensors");
        index.files().saveWhole(file, index.attributes());
        return calibration(file, (int) index.size());
    }

    @Test
    void anIndexThatWasCalibratedBeforeItWasSavedIsNotCalibratedAgainUntilManyKeysChange() throws IOException {
        Path file = calibrated();
        try (CacheIndex index = open(file, COMPONENTS);
                CacheIndex measured = open(folder.resolve("BFLOAT16.safetensors"), COMPONENTS)) {
            estimated(measured, drawn.query(0), 20, 0.01);
            byte[] expected = next(measured);
            assertThat(next(index)).as("counts one query more").isEqualTo(expected);
            index.add(Arrays.copyOf(drawn.keys, SIZE / 3 * DIM), Arrays.copyOf(drawn.labels, SIZE / 3));
            double keys =
                    ByteBuffer.wrap(next(index)).order(ByteOrder.LITTLE_ENDIAN).getDouble(3 * Double.BYTES);
            assertThat(keys).as("keys of the calibration").isEqualTo(index.size());
        }
        assertThat(calibration(saved(), SIZE)).as("without a query").isEmpty();
    }

    @Test
    void aNewPartHasTheCalibrationOfTheIndex() throws IOException {
        Path file = calibrated();
        try (CacheIndex index = open(file, COMPONENTS)) {
            index.add(Arrays.copyOf(drawn.keys, 100 * DIM), Arrays.copyOf(drawn.labels, 100));
            estimated(index, drawn.query(1), 15, 0.01);
            index.save(file);
        }
        Path part = StoredIndex.files(file).get(2);
        try (CacheIndex index = open(file, COMPONENTS)) {
            assertThat(next(index))
                    .as("read from the part")
                    .startsWith(0, 0, 0, 0)
                    .hasSize(calibration(part, 100).length);
        }
    }

    private void assertSameAnswers(CacheIndex index, CacheIndex expected) {
        for (int query = 0; query < 20; query++) {
            Answer.Row row = estimated(index, drawn.query(query), 20, 0.01).row(0);
            Answer.Row other = estimated(expected, drawn.query(query), 20, 0.01).row(0);
            assertThat(row.keysRead()).isEqualTo(other.keysRead()).isLessThan(SIZE);
            assertThat(row.probabilities()).containsExactly(other.probabilities());
            assertThat(row.halfWidth()).isEqualTo(other.halfWidth());
        }
    }

    @Test
    void aSavedSketchGivesTheAnswersOfOneThatIsMade() throws IOException {
        Path file = saved();
        try (CacheIndex made = open(folder.resolve("BFLOAT16.safetensors"), COMPONENTS);
                CacheIndex read = open(file, COMPONENTS)) {
            assertThat(read.statistics().sketchBytes())
                    .isEqualTo(made.statistics().sketchBytes());
            assertSameAnswers(read, made);
        }
        assertThat(MemoryUse.bytes()).isZero();
    }

    @Test
    void aFileWithASketchHoldsTheKeysOfOneWithout() throws IOException {
        Path file = saved();
        assertThat(StoredIndex.check(file)).isEmpty();
        assertThat(StoredIndex.contents(file).sketchComponents()).isEqualTo(COMPONENTS);
        assertThat(StoredIndex.contents(folder.resolve("BFLOAT16.safetensors")).sketchComponents())
                .isZero();
        byte[] bytes = Files.readAllBytes(file);
        assertThat(header(bytes).metadata().get("afterimage.optional"))
                .as("readers may skip it")
                .isEqualTo("sketch");
        try (CacheIndex index = CacheIndex.open(file);
                CacheIndex plain = CacheIndex.open(folder.resolve("BFLOAT16.safetensors"))) {
            assertThat(index.statistics().sketchBytes()).isZero();
            Query query = Query.of(drawn.query(0)).thetas(20);
            assertThat(index.answer(query).row(0).probabilities())
                    .containsExactly(plain.answer(query).row(0).probabilities());
            index.save(folder.resolve("without.safetensors"));
        }
        assertThat(header(Files.readAllBytes(folder.resolve("without.safetensors")))
                        .tensors(true)
                        .containsKey("sketch"))
                .as("saved by an index without one")
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, SIZE * 18})
    void aDamagedSketchIsRefusedByACheckAndMadeAgainWithoutOne(int last) throws IOException {
        Path file = damaged(calibrated(), last);
        assertThatThrownBy(() -> open(file, COMPONENTS))
                .isInstanceOf(CorruptIndexException.class)
                .hasMessageContaining("sketch: the checksum does not match");
        assertThat(StoredIndex.check(file)).hasSize(1).allMatch(finding -> finding.contains("sketch"));
        OpenOptions unverified =
                new OpenOptions().sketch(COMPONENTS).threads(1).audit(0).verify(false);
        try (CacheIndex index = CacheIndex.open(file, unverified);
                CacheIndex made = open(folder.resolve("BFLOAT16.safetensors"), COMPONENTS)) {
            assertSameAnswers(index, made);
        }
    }

    @Test
    void anotherNumberOfComponentsIsLearned() throws IOException {
        Path file = saved();
        try (CacheIndex made = open(folder.resolve("BFLOAT16.safetensors"), 96);
                CacheIndex index = open(file, 96)) {
            assertSameAnswers(index, made);
        }
    }

    @Test
    void newPartsBringTheirSketchAndChangedIndexesAnswer() throws IOException {
        Path file = saved();
        float[] more = Arrays.copyOf(new NaturalKeys(18).keys, 3000 * DIM);
        try (CacheIndex index = open(file, COMPONENTS)) {
            index.add(more, Arrays.copyOf(drawn.labels, 3000));
            index.save(file);
            assertThat(StoredIndex.files(file)).as("files").hasSizeGreaterThan(1);
            assertEstimates(file, SIZE + 3000);
            index.remove(LongStream.range(0, 500).toArray());
            index.save(file);
            assertEstimates(file, SIZE + 2500);
        }
    }

    private void assertEstimates(Path file, long size) throws IOException {
        try (CacheIndex index = open(file, COMPONENTS)) {
            assertThat(index.size()).isEqualTo(size);
            for (int query = 0; query < 20; query++) {
                Answer exact = index.answer(Query.of(drawn.query(query)).thetas(20));
                Answer answer = estimated(index, drawn.query(query), 20, 0.01);
                assertThat(answer.row(0).keysRead()).isLessThan(SIZE);
                assertThat(NaturalKeys.error(answer, exact))
                        .isLessThan(answer.row(0).halfWidth() + 2e-3);
            }
        }
    }

    @Test
    void componentsOfFewKeysAreLearnedAgain() throws IOException {
        Path file = folder.resolve("grown.safetensors");
        try (CacheIndex index = new CacheIndexBuilder(DIM, NaturalKeys.CLASSES).build()) {
            index.add(Arrays.copyOf(drawn.keys, 8000 * DIM), Arrays.copyOf(drawn.labels, 8000));
            index.save(file);
        }
        try (CacheIndex index = open(file, COMPONENTS)) {
            index.save(folder.resolve("few.safetensors"));
        }
        Path few = folder.resolve("few.safetensors");
        try (CacheIndex index = CacheIndex.open(few)) {
            index.add(
                    Arrays.copyOfRange(drawn.keys, 8000 * DIM, SIZE * DIM),
                    Arrays.copyOfRange(drawn.labels, 8000, SIZE));
            index.save(few);
        }
        Path whole = folder.resolve("FLOAT32.safetensors");
        drawn.save(folder, ElementType.FLOAT32);
        try (CacheIndex index = open(few, COMPONENTS);
                CacheIndex made = open(whole, COMPONENTS)) {
            assertSameAnswers(index, made);
        }
    }
}
