package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.answer.Query;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reduction;
import java.io.File;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program that leaves OpenBLAS's natives and commons-compress out keeps what does not need them, and is told what does. */
class WithoutLibrariesTest {
    @Test
    void onlyWhatNeedsThemIsRefused(@TempDir Path folder) throws Exception {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());
        List<String> command = JavaCommand.of(List.of(), Asked.class, folder.toString());
        int path = command.indexOf("-cp") + 1;
        command.set(
                path,
                Arrays.stream(command.get(path).split(File.pathSeparator))
                        .filter(entry -> !new File(entry)
                                .getName()
                                .matches("openblas-.*-" + Loader.getPlatform() + ".jar|commons-compress-.*"))
                        .collect(Collectors.joining(File.pathSeparator)));

        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(output).isZero();
        String why = " cannot be used here: OpenBLAS for " + Loader.getPlatform() + " is not on the class path: "
                + "add org.bytedeco:openblas with the classifier " + Loader.getPlatform();
        assertThat(output.lines())
                .containsSubsequence(
                        "engine \"blas\"" + why,
                        "reduction \"gaussian:2\"" + why,
                        "reduction \"pca:2\"" + why,
                        "class 1",
                        "[keys.labels.npy, keys.ids.npy, keys.npy]",
                        folder.resolve("keys.npz")
                                + " needs an optional library: add org.apache.commons:commons-compress to the class path");
    }

    /** Prints what is refused, an answer, and exported files. */
    static final class Asked {
        public static void main(String[] args) throws IOException {
            refused(() -> Engines.named("blas"));
            refused(() ->
                    new CacheIndexBuilder(4, 2).reduce(Reduction.gaussian(2)).build());
            refused(() -> LearnedReducer.learner(Reduction.principalComponents(2), 4, 100));
            FloatBuffer query = FloatBuffer.wrap(new float[] {0, 1, 0, 0});
            try (CacheIndex index =
                    new CacheIndexBuilder(4, 2).reduce(Reduction.hadamard(4)).build()) {
                index.add(new float[] {1, 0, 0, 0, 0, 1, 0, 0}, new int[] {0, 1});
                System.out.println("class "
                        + index.answer(Query.of(query).thetas(60)).row(0).best());
                index.save(Path.of(args[0], "cache.safetensors"));
            }
            try (StoredIndex index = StoredIndex.open(Path.of(args[0], "cache.safetensors"), true)) {
                System.out.println(index.export(Path.of(args[0], "keys.npy"), Progress.NONE).stream()
                        .map(Path::getFileName)
                        .toList());
                index.export(Path.of(args[0], "keys.npz"), Progress.NONE);
            } catch (IllegalStateException e) {
                System.out.println(e.getMessage());
            }
        }

        private static void refused(Runnable use) {
            try {
                use.run();
            } catch (IllegalArgumentException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
