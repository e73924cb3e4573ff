package io.github.afterimage.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.JavadocExamples;
import io.github.afterimage.model.data.Image;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelExamplesTest {
    private static final Path SOURCES = Path.of("src/model/main/java/io/github/afterimage/model");
    private static final Path PROGRAMS = SOURCES.resolve("package-info.java");

    @TempDir
    private Path folder;

    @Test
    void everyFacadeClassHasAnExampleThatCompiles() throws IOException {
        List<Path> facade = Stream.of(
                        "CacheModel",
                        "Classification",
                        "DifferentiableModel",
                        "ModelBatcher",
                        "ModelQuery",
                        "data/FeatureSet",
                        "data/ImageSets",
                        "data/Thumbnail",
                        "evaluation/Evaluation",
                        "network/Network")
                .map(name -> SOURCES.resolve(name + ".java"))
                .toList();
        ClassLoader unused = compiled(facade);
    }

    private ClassLoader compiled(List<Path> sources) throws IOException {
        return JavadocExamples.assertCompile(
                sources,
                folder,
                List.of(
                        "io.github.afterimage.*",
                        "io.github.afterimage.answer.*",
                        "io.github.afterimage.failure.*",
                        "io.github.afterimage.settings.*",
                        "io.github.afterimage.engine.*",
                        "io.github.afterimage.serving.*",
                        "io.github.afterimage.model.*",
                        "io.github.afterimage.model.data.*",
                        "io.github.afterimage.model.evaluation.*",
                        "io.github.afterimage.model.network.*",
                        "java.io.*",
                        "java.nio.*",
                        "java.nio.file.*",
                        "java.time.*",
                        "java.util.*",
                        "java.util.concurrent.*"));
    }

    /** Runs the programs with the network and the index of this repository, and keeps the lines that they print. */
    @Test
    void theFiveProgramsRun() throws Exception {
        Class<?> programs = compiled(List.of(PROGRAMS)).loadClass(JavadocExamples.name(PROGRAMS));
        Path network = Path.of("models/cifar10_resnet.onnx");
        Path cache = Files.copy(Path.of("models/drawings.safetensors"), folder.resolve("cache.safetensors"));
        Path picture = Path.of("models/pictures/ship.png");
        assertThat(run(programs, "classify", network, cache, picture))
                .hasSize(3)
                .first()
                .asString()
                .startsWith("ship ");

        float[] features = {1, 0, 0, 1, 1, 1};
        int[] labels = {0, 1, 2};
        Path built = folder.resolve("built.safetensors");
        assertThat(run(programs, "build", features, labels, new float[] {2, 0.1f}, built))
                .singleElement()
                .asString()
                .startsWith("class 0, p ");

        try (CacheIndex index = CacheIndex.open(built)) {
            assertThat(run(programs, "explain", index, new float[] {0.1f, 2}))
                    .hasSize(4)
                    .first()
                    .isEqualTo("class 1, because it is like");
        }

        float[] probabilities = new float[30];
        IntStream.range(0, 30).forEach(i -> probabilities[i] = i % 10 == i / 10 ? 0.91f : 0.01f);
        assertThat(run(programs, "tune", built, features, probabilities, labels))
                .containsExactly("0.0 -> 0.0");
        try (CacheIndex tuned = CacheIndex.open(built)) {
            assertThat(tuned.calibration().tuned()).isTrue();
        }

        BlockingQueue<Image> arriving = new LinkedBlockingQueue<>(List.of(Image.read(picture)));
        try (CacheModel model = CacheModel.open(network, cache)) {
            CompletableFuture<Thread> serving = new CompletableFuture<>();
            CompletableFuture<List<String>> served = CompletableFuture.supplyAsync(() -> {
                serving.complete(Thread.currentThread());
                return run(programs, "serve", model, arriving);
            });
            while (model.index().statistics().queries() == 0) {
                Thread.onSpinWait();
            }
            serving.join().interrupt();
            assertThat(served.join()).containsExactly("ship");
        }
    }

    /** Runs a program until it ends or is interrupted, and returns the lines that it prints. */
    private static List<String> run(Class<?> programs, String name, Object... arguments) {
        Method program = Stream.of(programs.getDeclaredMethods())
                .filter(each -> each.getName().equals(name))
                .findFirst()
                .orElseThrow();
        program.setAccessible(true);
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            program.invoke(null, arguments);
        } catch (InvocationTargetException e) {
            assertThat(e.getCause()).isInstanceOf(InterruptedException.class);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
