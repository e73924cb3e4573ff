package io.github.afterimage;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpareClassesTest {
    @TempDir
    private Path folder;

    private static CacheIndexBuilder builder() {
        return new CacheIndexBuilder(2, 2).classNames(List.of("cat", "dog")).spareClasses(2);
    }

    private static List<Boolean> spare(CacheIndex index) {
        return IntStream.range(0, index.classes()).mapToObj(index::isSpare).toList();
    }

    /** The law of total probability: u is the probability of a class that the network does not have. */
    @Test
    void theMixtureOfAClassThatTheNetworkLacksIsWhatTheMemoryGivesIt() {
        double[] network = {0.75, 0.25};
        double[] cache = {0.125, 0.25, 0.5, 0.125};
        double lambda = 0.4;
        double u = 0.625;
        double[] expected = new double[4];
        for (int c = 0; c < 2; c++) {
            expected[c] = (1 - u) * ((1 - lambda) * network[c] + lambda * cache[c] / (1 - u));
        }
        for (int c = 2; c < 4; c++) {
            expected[c] = u * (cache[c] / u);
        }
        assertThat(new Mixture(60, lambda).probabilities(network, cache)).containsExactly(expected, within(1e-7));
        assertThat(Arrays.stream(expected).sum()).isCloseTo(1, within(1e-12));
    }

    @Test
    void spareClassesFollowTheOthersAndHaveNumbersAsNames() {
        try (CacheIndex index = builder().build();
                CacheIndex unnamed = new CacheIndexBuilder(2, 1).spareClasses(1).build();
                CacheIndex without = new CacheIndexBuilder(2, 2).build()) {
            assertThat(index.classes()).isEqualTo(4);
            assertThat(index.format().spareClasses()).isEqualTo(2);
            assertThat(index.classNames()).containsExactly("cat", "dog", "spare 1", "spare 2");
            assertThat(spare(index)).containsExactly(false, false, true, true);
            assertThat(unnamed.classNames()).containsExactly("class 0", "spare 1");
            assertThat(without.format().spareClasses()).isZero();
            assertThat(spare(without)).containsExactly(false, false);
            assertThatThrownBy(() -> index.isSpare(4)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void keysOfASpareClassCountLikeAllOthers() {
        try (CacheIndex index = builder().build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 3});
            assertThat(index.query(new float[] {0, 1}, 50).row(0).best()).isEqualTo(3);
            assertThat(index.classCounts()).containsExactly(1, 0, 0, 1);
        }
    }

    @Test
    void aNameShowsInEveryViewAtOnceAndIsSaved() throws IOException {
        Path file = folder.resolve("index");
        try (CacheIndex index = builder().build();
                CacheReader before = index.snapshot()) {
            index.nameClass(3, "größe 猫");
            assertThat(before.classNames()).containsExactly("cat", "dog", "spare 1", "größe 猫");
            assertThat(spare(index)).containsExactly(false, false, true, false);
            index.nameClass(3, "größe 猫");
            index.nameClass(0, "tiger");
            index.save(file);
        }
        try (CacheIndex index = CacheIndex.open(file)) {
            assertThat(index.classNames()).containsExactly("tiger", "dog", "spare 1", "größe 猫");
            assertThat(spare(index)).containsExactly(false, false, true, false);
            index.nameClass(3, "spare 2");
            assertThat(index.isSpare(3)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a\nb", "\u0080", "a\u202eb", "a\u2066b"})
    void refusesNamesThatAreBlankOrHaveControlCharacters(String name) {
        try (CacheIndex index = builder().build()) {
            assertIllegalArgument(() -> index.nameClass(2, name))
                    .hasMessageStartingWith("the name of class 2 ")
                    .hasMessageEndingWith("expected 1 to 255 bytes of UTF-8 without control characters");
            assertThat(index.isSpare(2)).isTrue();
        }
    }

    @Test
    void refusesNamesThatAreLongOrTakenAndLabelsOfNoClass() {
        try (CacheIndex index = builder().build()) {
            assertThatThrownBy(() -> index.nameClass(2, "猫".repeat(100)))
                    .hasMessageContaining("the name of class 2 has 300 bytes");
            assertIllegalArgument(() -> index.nameClass(2, "dog"))
                    .hasMessage("class 1 has the name \"dog\" already: expected another name for class 2");
            assertThatThrownBy(() -> index.nameClass(4, "bird")).hasMessage("label 4 is outside 0..3");
            assertThatThrownBy(() -> new CacheIndexBuilder(2, 2).spareClasses(-1))
                    .hasMessageContaining("spare classes -1");
            assertThatThrownBy(() ->
                            new CacheIndexBuilder(2, 4_194_304).spareClasses(1).build())
                    .hasMessageContaining("expected at most 4194304");
        }
    }

    @Test
    void ofManyThreadsThatWantANameOneGetsIt() {
        try (CacheIndex index = new CacheIndexBuilder(2, 1).spareClasses(8).build()) {
            long named = IntStream.rangeClosed(1, 8)
                    .parallel()
                    .filter(label -> {
                        try {
                            index.nameClass(label, "bird");
                            return true;
                        } catch (IllegalArgumentException e) {
                            return false;
                        }
                    })
                    .count();
            assertThat(named).isEqualTo(1);
            assertThat(index.classNames()).containsOnlyOnce("bird");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "4", "many", "9999999999"})
    void refusesToSaveANumberOfSpareClassesThatDoesNotFit(String number) {
        try (CacheIndex index = builder().build()) {
            assertIllegalArgument(() -> index.files().save(folder.resolve("index"), Map.of("spare_classes", number)))
                    .hasMessageContaining(
                            "spare_classes \"" + number + "\", expected a number less than that of all classes, 4");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"FLOAT32", "INT8"})
    void moreSpareClassesLeaveKeysAndAnswersAsTheyAre(String type) throws IOException {
        Path file = folder.resolve("index");
        Path more = folder.resolve("more");
        float[] query = {0.6f, 0.8f};
        Answer before;
        try (CacheIndex index = builder().type(ElementType.valueOf(type)).build()) {
            index.add(KeyBatch.of(new float[] {1, 0.3f, 0.2f, 1, 1, 1}, new int[] {0, 1, 2})
                    .names(List.of("a", "b", "c")));
            index.remove(1);
            index.save(file);
            before = index.query(query, 10);
        }
        try (StoredIndex stored = StoredIndex.open(file, true)) {
            stored.addSpareClasses(more, 3);
            assertIllegalArgument(() -> stored.addSpareClasses(more, 0))
                    .hasMessage("spare classes 0: expected a positive number");
        }
        try (CacheIndex index = CacheIndex.open(more)) {
            assertThat(index.classNames())
                    .containsExactly("cat", "dog", "spare 1", "spare 2", "spare 3", "spare 4", "spare 5");
            assertThat(index.format().spareClasses()).isEqualTo(5);
            assertThat(index.list(0, 9)).extracting(KeyEntry::id).containsExactly(0L, 2L);
            assertThat(index.list(0, 9)).extracting(KeyEntry::name).containsExactly("a", "c");
            Answer after = index.query(query, 10);
            for (int label = 0; label < 4; label++) {
                assertThat(after.row(0).probability(label))
                        .isCloseTo(before.row(0).probability(label), within(1e-6f));
            }
            assertThat(index.add(new float[] {1, 1}, new int[] {6}).first()).isEqualTo(3);
        }
    }
}
