package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.JavaCommand;
import io.github.afterimage.cli.options.DemoFiles;
import io.github.afterimage.cli.output.ExitCode;
import io.github.afterimage.cli.output.ProgramJar;
import io.github.afterimage.engine.Engines;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoTest {
    @TempDir
    private Path folder;

    private void models() throws IOException {
        Path index = folder.resolve(DemoFiles.INDEX);
        Run.done("build --data %s --reduce pca:8 --out %s", Clusters.write(folder.resolve("keys.npz"), 600, 1), index);
        Run.done(
                "tune --index %s --data %s --theta 5:20:4 --lambda 0.1:0.9:9 --save",
                index, Clusters.write(folder.resolve("heldout.npz"), 300, 3));
        Run.done(
                "features --index %s --data %s --out %s",
                index, Clusters.write(folder.resolve("test.npz"), 301, 2), folder.resolve(DemoFiles.TEST));
    }

    @Test
    void reportsOnAllImagesWithWhatTheIndexWasTunedTo() throws IOException {
        models();
        Path page = folder.resolve("page.html");
        Map<String, Object> found = Run.json("demo --models %s --page %s", folder, page);
        Map<String, Object> tuned = Run.json(
                "evaluate --index %s --data features:%s",
                folder.resolve(DemoFiles.INDEX), folder.resolve(DemoFiles.TEST));
        for (String name : List.of("examples", "theta", "lambda", "networkErrors", "mixedErrors", "corrected")) {
            assertThat(found).containsEntry(name, tuned.get(name));
        }
        assertThat(found)
                .containsEntry("examples", 301)
                .containsEntry("keyDim", 8)
                .containsEntry("page", page.toString());
        assertThat((Double) found.get("mcNemar")).isLessThan(1e-6);
        assertThat((Double) found.get("mixedError")).isLessThan((Double) found.get("networkError"));
        assertThat(Run.objects(found, "engines")).hasSize(Engines.all().size()).allSatisfy(engine -> assertThat(
                        engine.containsKey("problem")
                                || ((Number) engine.get("largestDifference")).doubleValue() < 1e-4)
                .isTrue());
        assertThat(page)
                .content()
                .contains("A cache turns " + found.get("networkErrors") + " errors into " + found.get("mixedErrors"))
                .contains("<svg", "reference", "class 2", "McNemar", "95 % interval")
                .doesNotContain("NaN");
        assertThat(folder).isDirectoryNotContaining("glob:**.partial");
    }

    @Test
    void tellsPeopleWhatToRunNext() throws IOException {
        models();
        assertThat(Run.done("demo --models %s --page %s", folder, folder.resolve("page.html"))
                        .out())
                .contains(
                        "tuned on other images",
                        "Chance alone rarely gives such a difference (McNemar's test: p = ",
                        "reference",
                        "page.html",
                        "predict --index",
                        "build --model");
    }

    @Test
    void namesTheFileThatIsMissing() {
        assertThat(Run.failure(ExitCode.FAILED, "demo --models %s --page %s", folder, folder.resolve("page.html")))
                .contains(DemoFiles.INDEX, "--models DIR");
        assertThat(Files.exists(folder.resolve("page.html"))).isFalse();
    }

    @Test
    void runsOnTheModelsOfThisRepository() throws IOException {
        Map<String, Object> found = Run.json("demo --page %s", folder.resolve("page.html"));
        assertThat(found).containsEntry("examples", 10_000).containsEntry("classes", 10);
        assertThat((Double) found.get("mixedError")).isLessThan((Double) found.get("networkError") - 0.003);
        assertThat((Double) found.get("mcNemar")).isLessThan(0.01);
        assertThat((Double) found.get("cacheOnlyError")).isLessThan(0.15);
    }

    @Test
    void runsFromAnyFolderAndNamesPathsThatWorkFromThere() throws Exception {
        Process process = new ProcessBuilder(JavaCommand.of(List.of(), Afterimage.class, "demo"))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        assertThat(folder.resolve("afterimage-demo.html")).exists();
        Path index = Path.of("models", DemoFiles.INDEX).toAbsolutePath();
        assertThat(printed)
                .contains("predict --index " + index + " --model ")
                .contains("java -jar " + Path.of("target", "afterimage.jar").toAbsolutePath() + " layers");
    }

    @Test
    void writesPathsAsAShellTakesThem() {
        assertThat(ProgramJar.typed(Path.of("a", "..", "models", "x.onnx"))).isEqualTo("models/x.onnx");
        assertThat(ProgramJar.typed(Path.of("/elsewhere/my models/it's"))).isEqualTo("'/elsewhere/my models/it'\\''s'");
    }
}
