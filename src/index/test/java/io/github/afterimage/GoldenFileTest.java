package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Pool;
import io.github.afterimage.answer.Query;
import io.github.afterimage.file.IndexCheck;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.platform.OpenBlas;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Files that NumPy wrote in the format of the index and of its log: they open with the answer that NumPy computed. */
class GoldenFileTest {
    private static final Path FOLDER = Path.of("src/index/test/resources/golden");
    private static final float[] QUERY = {1, 1, 0};
    private static final double THETA = 5;
    // Keys (1,0,0) cat, (0,3,4) dog, (1,2,2) dog, (-1,0,1) cat; then without the second and with (2,1,2) cat.
    private static final double CAT_1 = 0.4463986738723033;
    private static final double CAT_2 = 0.6669322569906446;
    // The first four, whitened by the map of the file.
    private static final double CAT_WHITENED = 0.81217093587815414;
    // The first four, in the pool of the file with a network that gives cat 0.25.
    private static final double CAT_POOLED = 0.4837350704844818;

    private static void assertAnswers(String name, double tolerance, double cat, long... ids) throws IOException {
        Path file = FOLDER.resolve(name);
        assertThat(IndexCheck.findings(file)).isEmpty();
        try (CacheIndex index =
                CacheIndex.open(file, new OpenOptions().threads(1).engine(Engines.named("reference")))) {
            assertThat(index.classNames()).isEqualTo(List.of("cat", "dog"));
            Answer answer = index.query(QUERY, THETA);
            assertThat((double) answer.row(0).probability(0)).isCloseTo(cat, within(tolerance));
            assertThat((double) answer.row(0).probability(1)).isCloseTo(1 - cat, within(tolerance));
            Answer nearest = index.nearest(QUERY, 10);
            assertThat(IntStream.range(0, nearest.row(0).neighbors().size())
                            .mapToLong(place ->
                                    nearest.row(0).neighbors().get(place).id())
                            .toArray())
                    .containsExactlyInAnyOrder(ids);
        }
    }

    @Test
    void float32KeysWithAPoolOpen() throws IOException {
        assertAnswers("f32.safetensors", 1e-6, CAT_1, 0, 1, 2, 3);
        try (CacheIndex index = CacheIndex.open(FOLDER.resolve("f32.safetensors"))) {
            Calibration tuned = index.calibration();
            AnswerRule rule = tuned.rule();
            assertThat(tuned.views()).isOne();
            assertThat(rule).isEqualTo(new Pool(THETA, 0.5, 0.25, 2, List.of(0.75, 0.25), 0.55, 0));
            Query query = Query.of(QUERY).thetas(rule.theta()).evidence(true);
            double[] p = rule.probabilities(
                    new float[] {0.25f, 0.75f}, index.answer(query).row(0));
            assertThat(p).containsExactly(new double[] {CAT_POOLED, 1 - CAT_POOLED}, within(1e-6));
        }
    }

    @Test
    void int8KeysOpen() throws IOException {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());
        assertAnswers("i8.safetensors", 5e-3, CAT_1, 0, 1, 2, 3);
    }

    @Test
    void namesAndAnOptionalTensorThatIsNotKnownOpen() throws IOException {
        assertAnswers("named.safetensors", 1e-6, CAT_1, 0, 1, 2, 3);
        try (CacheIndex index = CacheIndex.open(FOLDER.resolve("named.safetensors"))) {
            Answer nearest = index.nearest(QUERY, 4);
            List<String> names = IntStream.range(0, 4)
                    .mapToObj(place -> nearest.row(0).neighbors().get(place).id() + " "
                            + nearest.row(0).neighbors().get(place).name())
                    .toList();
            assertThat(names).containsExactlyInAnyOrder("0 cat/0001.png", "1 ", "2 größe 猫", "3 cat/0002.png");
        }
    }

    /** {@code tools/whitened.py} computed the answer. */
    @Test
    void whitenedKeysOpen() throws IOException {
        assumeTrue(OpenBlas.problem() == null, OpenBlas.problem());
        assertAnswers("whitened.safetensors", 1e-6, CAT_WHITENED, 0, 1, 2, 3);
    }

    @Test
    void aLogOpens() throws IOException {
        assertAnswers("logs.safetensors", 1e-6, CAT_1, 0, 1, 2, 4);
        assertThat(StoredIndex.log(FOLDER.resolve("logs.safetensors")).changes())
                .isEqualTo(4);
        try (CacheIndex index = CacheIndex.open(FOLDER.resolve("logs.safetensors"))) {
            assertThat(index.list(0, 9).stream().map(KeyEntry::name))
                    .containsExactly("", "", "größe 猫", "cat/0002.png");
        }
    }

    @Test
    void partsWithARemovedKeyOpen() throws IOException {
        assertAnswers("parts.safetensors", 1e-6, CAT_2, 0, 2, 3, 4);
    }
}
