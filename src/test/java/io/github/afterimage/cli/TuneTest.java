package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuneTest {
    @TempDir
    private Path folder;

    /** Without the example that the cache breaks: of 4, 2 errors at λ = 0.2, where p(0) = 0.8·0.4 + 0.2·0.75, and 1 at 0.5. */
    private String fourExamples() throws IOException {
        Path file = new NpzFile()
                .floats("features", new float[] {1, 0, 1, 0, 0, 1, 0, 1}, 4, 2)
                .floats("probabilities", new float[] {.9f, .1f, .4f, .6f, .9f, .1f, .3f, .7f}, 4, 2)
                .labels(0, 0, 0, 0)
                .write(folder.resolve("four.npz"));
        return "features:" + file;
    }

    private Map<String, Object> tune(Path index, Object... more) throws IOException {
        List<Object> first = List.of(
                "tune", "--index", index, "--data", fourExamples(), "--theta", TwoClasses.THETA, "--lambda", "0.2,0.5");
        return Run.json(Run.join(first, more));
    }

    @Test
    void findsTheBestPointOfTheGrid() throws IOException {
        assertThat(tune(TwoClasses.index(folder)))
                .containsEntry("examples", 4)
                .containsEntry("networkError", 0.5)
                .containsEntry("best", Map.of("theta", TwoClasses.THETA, "lambda", 0.5, "mixedError", 0.25))
                .containsEntry("bestCacheOnly", Map.of("theta", TwoClasses.THETA, "cacheOnlyError", 0.5))
                .containsEntry("lambdas", List.of(0.2, 0.5))
                .containsEntry("mixedErrors", List.of(List.of(0.5, 0.25)))
                .containsEntry("cacheOnlyErrors", List.of(0.5))
                .containsEntry("saved", false)
                .containsKeys("seconds", "networkSeconds", "cacheSeconds", "peakBytes");
    }

    @Test
    void savesTheBestPointAndNothingElse() throws IOException {
        Path index = TwoClasses.index(folder);
        Map<String, Object> before = Run.json("info", index);
        assertThat(tune(index, "--save")).containsEntry("saved", true);
        Map<String, Object> after = Run.json("info", index);
        Map<?, ?> attributes = (Map<?, ?>) after.get("attributes");
        assertThat(attributes.get("theta")).isEqualTo(Double.toString(TwoClasses.THETA));
        assertThat(attributes.get("lambda")).isEqualTo("0.5");
        assertThat(attributes.get("data")).isEqualTo(((Map<?, ?>) before.get("attributes")).get("data"));
        assertThat(after.get("keys")).isEqualTo(before.get("keys"));
        Run.done("check", index);
    }

    @Test
    void changesNothingUnlessToldToSave() throws IOException {
        Path index = TwoClasses.index(folder);
        byte[] before = Files.readAllBytes(index);
        tune(index);
        assertThat(index).hasBinaryContent(before);
    }

    @Test
    void searchesThePapersGridByDefaultAndPointsOutItsEdge() throws IOException {
        Run run = Run.done("tune", "--index", TwoClasses.index(folder), "--data", fourExamples());
        assertThat(run.out())
                .contains("4 examples", "at 1,089 points", "not saved; --save")
                .containsPattern("best mixed +25\\.00 % +10 \\(the grid's edge\\)")
                .containsPattern("network +50\\.00 %");
    }

    @Test
    void refusesWhatIsNotAGrid() throws IOException {
        Path index = TwoClasses.index(folder);
        for (String grid : List.of("1:2", "1:2:0", "a:b:3", "1:2:3:4", "", "1,,2", "1:2:100000")) {
            assertThat(Run.failure(ExitCode.USAGE, "tune", "--index", index, "--data", fourExamples(), "--theta", grid))
                    .contains("--theta \"" + grid + "\"", "FIRST:LAST:COUNT");
        }
        assertThat(Run.failure(ExitCode.USAGE, "tune", "--index", index, "--data", fourExamples(), "--lambda", "0:2:3"))
                .contains("lambda 2.0 is outside 0..1");
    }
}
