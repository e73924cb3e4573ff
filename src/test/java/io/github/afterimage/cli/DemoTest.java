package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.engine.Engines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoTest {
    @TempDir
    private Path folder;

    private void models() throws IOException {
        Path index = folder.resolve(DemoCommand.INDEX);
        Run.done(
                "build",
                "--data",
                Clusters.write(folder.resolve("keys.npz"), 600, 1),
                "--reduce",
                "pca:8",
                "--out",
                index);
        Run.done(
                "features",
                "--index",
                index,
                "--data",
                Clusters.write(folder.resolve("test.npz"), 301, 2),
                "--out",
                folder.resolve(DemoCommand.TEST));
    }

    @Test
    void reportsOnTheHalfThatItDidNotTuneOn() throws IOException {
        models();
        Path page = folder.resolve("page.html");
        Map<String, Object> found = Run.json("demo", "--models", folder, "--page", page);
        assertThat(found)
                .containsEntry("tunedOn", 150)
                .containsEntry("examples", 151)
                .containsEntry("keyDim", 8)
                .containsEntry("page", page.toString());
        assertThat((Double) found.get("mixedError")).isLessThan((Double) found.get("networkError"));
        assertThat(Run.objects(found, "engines")).hasSize(Engines.all().size()).allSatisfy(engine -> assertThat(
                        engine.containsKey("problem")
                                || ((Number) engine.get("largestDifference")).doubleValue() < 1e-4)
                .isTrue());
        assertThat(page)
                .content()
                .contains("A memory turns " + found.get("networkErrors") + " errors into " + found.get("mixedErrors"))
                .contains("<svg", "reference", "class 2")
                .doesNotContain("NaN");
        assertThat(folder).isDirectoryNotContaining("glob:**.partial");
    }

    @Test
    void tellsPeopleWhatToRunNext() throws IOException {
        models();
        assertThat(Run.done("demo", "--models", folder, "--page", folder.resolve("page.html"))
                        .out())
                .contains("tuned on 150", "corrected", "reference", "page.html", "predict --index", "build --model");
    }

    @Test
    void namesTheFileThatIsMissing() {
        assertThat(Run.failure(ExitCode.FAILED, "demo", "--models", folder, "--page", folder.resolve("page.html")))
                .contains(DemoCommand.INDEX, "--models DIR");
        assertThat(Files.exists(folder.resolve("page.html"))).isFalse();
    }

    @Test
    void runsOnTheModelsOfThisRepository() throws IOException {
        Map<String, Object> found = Run.json("demo", "--page", folder.resolve("page.html"));
        assertThat(found).containsEntry("examples", 5000).containsEntry("classes", 10);
        assertThat((Double) found.get("mixedError")).isLessThan((Double) found.get("networkError") - 0.003);
        assertThat((Double) found.get("cacheOnlyError")).isLessThan(0.15);
    }
}
