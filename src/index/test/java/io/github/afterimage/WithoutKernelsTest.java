package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import java.io.File;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the native library is missing, keys of every type are stored to the same bits, and all answers agree. */
class WithoutKernelsTest {
    private static final double THETA = 20;

    @TempDir
    Path folder;

    /** Makes indexes as the test has made them, in a process without the native library, and compares both. */
    static final class Compared {
        public static void main(String[] arguments) throws IOException {
            assertThat(NativeLibrary.available()).isFalse();
            boolean openBlas = arguments[1].equals("blas");
            for (ElementType type : ElementType.values()) {
                assertEqualKeys(Path.of(arguments[0]), type, "plain");
                assertEqualKeys(Path.of(arguments[0]), type, "hadamard:16");
                for (String reduction : openBlas ? List.of("gaussian:16", "pca:16", "whiten:16") : List.<String>of()) {
                    try (CacheIndex made = index(type, reduction);
                            CacheIndex expected = CacheIndex.open(file(Path.of(arguments[0]), type, reduction))) {
                        assertSameAnswers(made, expected, problem(), 2e-5f);
                    }
                }
            }
            if (openBlas) { // more classes than keys of a tile
                Problem problem = Problem.random(4, 30, 40, 5000, 6);
                try (CacheIndex index = problem.builder().build()) {
                    index.add(problem.keys(), problem.labels());
                    assertSameAnswers(index, index.withEngine(Engines.named("reference")), problem, 2e-5f);
                }
            }
            System.out.println("compared with " + Engines.auto().name());
        }

        private static void assertEqualKeys(Path folder, ElementType type, String reduction) throws IOException {
            Path file = file(folder, type, reduction);
            OpenOptions reference = new OpenOptions().engine(Engines.named("reference"));
            Path copy = folder.resolve("made.safetensors");
            Files.deleteIfExists(copy);
            try (CacheIndex made = index(type, reduction);
                    CacheIndex expected = CacheIndex.open(file, reference)) {
                assertSameAnswers(made, expected, problem(), 1e-6f);
                made.save(copy);
                assertThat(StoredIndex.check(copy)).isEmpty();
                try (CacheIndex opened = CacheIndex.open(copy, reference)) {
                    assertSameAnswers(opened, expected, problem(), 0);
                }
            }
        }

        private static void assertSameAnswers(
                CacheReader actual, CacheReader expected, Problem problem, float tolerance) {
            Query query =
                    Query.of(FloatBuffer.wrap(problem.queries())).thetas(THETA).neighbors(4);
            Answer found = actual.answer(query);
            Answer right = expected.answer(query);
            for (int row = 0; row < right.batch(); row++) {
                for (int label = 0; label < right.classes(); label++) {
                    assertThat(found.row(row).probability(label))
                            .as("%s, query %d, class %d", expected, row, label)
                            .isCloseTo(right.row(row).probability(label), within(tolerance));
                }
                assertThat(found.row(row).neighbors().get(0).id())
                        .isEqualTo(right.row(row).neighbors().get(0).id());
            }
        }
    }

    /** Columns are of very different sizes, so that some elements are subnormal as float16. */
    private static Problem problem() {
        Problem problem = Problem.random(4, 300, 40, 5, 6);
        for (float[] rows : List.of(problem.keys(), problem.queries())) {
            for (int i = 0; i < rows.length; i++) {
                rows[i] = Math.scalb(rows[i], -(i % problem.dim() / 2));
            }
        }
        return problem;
    }

    private static Path file(Path folder, ElementType type, String reduction) {
        return folder.resolve(type.shortName() + "-" + reduction.replace(':', '-') + ".safetensors");
    }

    private static CacheIndex index(ElementType type, String reduction) {
        Problem problem = problem();
        CacheIndexBuilder builder = problem.builder().type(type).threads(2);
        if (!reduction.equals("plain")) {
            Reduction parsed = Reduction.parse(reduction);
            if (parsed.learned()) {
                try (ComponentLearner learner = LearnedReducer.learner(parsed, problem.dim(), problem.size())) {
                    learner.add(FloatBuffer.wrap(problem.keys()), problem.labels());
                    builder.reduce(learner.learn(2));
                }
            } else {
                builder.reduce(parsed);
            }
        }
        CacheIndex index = builder.build();
        index.add(problem.keys(), problem.labels());
        return index;
    }

    private String compare(boolean openBlas, String... options) throws IOException, InterruptedException {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());
        for (ElementType type : ElementType.values()) {
            for (String reduction : List.of("plain", "hadamard:16", "gaussian:16", "pca:16", "whiten:16")) {
                try (CacheIndex index = index(type, reduction)) {
                    index.save(file(folder, type, reduction));
                }
            }
        }
        List<String> command =
                JavaCommand.of(List.of(options), Compared.class, folder.toString(), openBlas ? "blas" : "reference");
        int path = command.indexOf("-cp") + 1;
        command.set(path, folder + File.pathSeparator + command.get(path));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void openBlasAnswersWhereTheKernelsAreMissing() throws Exception {
        Path libraries = Files.createDirectories(
                folder.resolve("io/github/afterimage/binding").resolve(Loader.getPlatform()));
        Files.createFile(libraries.resolve(System.mapLibraryName("jniNative"))); // found before the right one
        assertThat(compare(true)).contains("compared with blas");
    }

    @Test
    void plainJavaAnswersWhereNoNativeCodeCanBeLoaded() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        assertThat(compare(false, "-Dorg.bytedeco.javacpp.cachedir=" + file)).contains("compared with reference");
    }
}
