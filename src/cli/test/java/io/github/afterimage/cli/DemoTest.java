package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.Engines;
import io.github.afterimage.JavaCommand;
import io.github.afterimage.cli.options.DemoFiles;
import io.github.afterimage.cli.output.ProgramJar;
import io.github.afterimage.experiments.report.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoTest {
    @TempDir
    private Path folder;

    /** Writes small models for {@code demo}. */
    static void models(Path folder) throws IOException {
        Path index = folder.resolve(DemoFiles.INDEX);
        Run.done("build --data %s --reduce pca:8 --out %s", Clusters.write(folder.resolve("keys.npz"), 600, 1), index);
        Run.done("tune --index %s --data %s --save", index, Clusters.write(folder.resolve("heldout.npz"), 300, 3));
        features(index, 301, 2, folder.resolve(DemoFiles.TEST));
        features(index, 30, 5, folder.resolve(DemoFiles.LESSONS));
        features(index, 120, 4, folder.resolve(DemoFiles.BLURRED));
    }

    private static void features(Path index, int rows, long seed, Path file) throws IOException {
        String data = Clusters.write(Path.of(file + ".npz"), rows, seed);
        Run.done("features --index %s --data %s --out %s", index, data, file);
    }

    @Test
    void reportsOnAllImagesWithWhatTheIndexWasTunedTo() throws IOException {
        models(folder);
        byte[] index = Files.readAllBytes(folder.resolve(DemoFiles.INDEX));
        Path page = folder.resolve("page.html");
        Map<String, Object> found = Run.json("demo --models %s --page %s", folder, page);
        Map<String, Object> tuned = Run.json(
                "evaluate --index %s --data features:%s",
                folder.resolve(DemoFiles.INDEX), folder.resolve(DemoFiles.TEST));
        for (String name : List.of("examples", "theta", "lambda", "networkErrors", "togetherErrors", "corrected")) {
            assertThat(found).containsEntry(name, tuned.get(name));
        }
        assertThat(found)
                .containsEntry("examples", 301)
                .containsEntry("keys", 600)
                .containsEntry("keyDim", 8)
                .containsEntry("page", page.toString());
        assertThat((Double) ((Map<?, ?>) found.get("gain")).get("p")).isLessThan(1e-6);
        assertThat((Double) found.get("togetherError")).isLessThan((Double) found.get("networkError"));
        assertThat(Run.objects(found, "engines")).hasSize(Engines.all().size()).allSatisfy(engine -> assertThat(
                        engine.containsKey("problem")
                                || ((Number) engine.get("largestDifference")).doubleValue() < 1e-4)
                .isTrue());
        assertThat((Map<?, ?>) found.get("blurred")).extracting("examples").isEqualTo(120);
        assertThat((Map<?, ?>) found.get("clean")).extracting("examples").isEqualTo(181);
        assertThat(found).containsEntry("lessonsTaught", 2).containsEntry("lessonOthers", 181);
        assertThat(Run.objects(found, "newClassTaught"))
                .extracting(row -> row.get("newTested"))
                .containsOnly(50);
        assertThat(page)
                .content()
                .contains(
                        "A lesson is learned",
                        "2 pictures",
                        "<svg",
                        "reference",
                        "class 2",
                        "McNemar",
                        "95 % interval",
                        "120 blurred images")
                .doesNotContain("NaN");
        assertThat(folder).isDirectoryNotContaining("glob:**.partial");
        assertThat(folder.resolve(DemoFiles.INDEX)).hasBinaryContent(index);
    }

    @Test
    void namesTheFileThatIsMissing() {
        Run.failed(ExitCode.FAILED, "demo --models %s --page %s", folder, folder.resolve("page.html"))
                .contains(DemoFiles.INDEX, "--models DIR");
        assertThat(Files.exists(folder.resolve("page.html"))).isFalse();
    }

    @Test
    void runsOnTheModelsOfThisRepositoryFromAnyFolderAndNamesPathsThatWorkFromThere() throws Exception {
        List<String> optimised = List.of("-XX:TieredStopAtLevel=4"); // it runs long enough for the optimising compiler
        Process process = new ProcessBuilder(JavaCommand.of(optimised, Afterimage.class, "demo"))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        assertThat(folder.resolve("afterimage-demo.html")).exists();
        Path models = Path.of("models").toAbsolutePath();
        String program = "java -jar " + Path.of("target", "afterimage.jar").toAbsolutePath();
        assertThat(printed)
                .startsWith(
                        "afterimage: teaches lessons, counts errors on 10,000 test images, learns 5,000 blurred ones, and times")
                .contains("Network and memory answer 100 test pictures wrong.")
                .contains("\nthe same picture            0.00 %     100.00 %  ")
                .contains("its output for truck and the keys of that class are taken away")
                .contains("10,000 test images that neither has seen; the network on two views")
                .contains("Beside the network on two views: Of 10,000 answers the memory corrects ")
                .contains("Clean images do not suffer: of 5,000 others, ")
                .contains("reference", "The keys are int8: ", "afterimage-demo.html")
                .contains(program + " serve --demo")
                .contains(program + " predict --index " + models.resolve(DemoFiles.INDEX) + " --model ")
                .contains(" " + models.resolve("pictures/ship.png") + "\n");
        assertThat(figure(printed, "network +([\\d.]+) %")).isLessThan(9);
        assertThat(figure(printed, "together +([\\d.]+) %")).isLessThan(7.8);
        assertThat(figure(printed, "together +[\\d.]+ % +\\d+ +\\d+ +\\d+ +([\\d.]+)"))
                .isLessThan(0.23);
        assertThat(figure(printed, "altered forms +[\\d.]+ % +([\\d.]+) %")).isGreaterThan(94);
        assertThat(figure(printed, "(\\d+) of [\\d,]+ answers change")).isLessThan(50);
        assertThat(figure(printed, "\n +20 +([\\d.]+) %")).isGreaterThan(60);
        assertThat(figure(printed, "\n +0 +[\\d.]+ % +([\\d.]+) %")).isGreaterThan(60);
        assertThat(figure(printed, "\n +4,500 +[\\d.]+ % +([\\d.]+) %")).isLessThan(45);
    }

    /** Reads the number that the first match of the group is. */
    private static double figure(String printed, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(printed);
        assertThat(matcher.find()).as(printed).isTrue();
        return Double.parseDouble(matcher.group(1));
    }

    @Test
    void writesPathsAsAShellTakesThem() {
        assertThat(ProgramJar.typed(Path.of("a", "..", "models", "x.onnx"))).isEqualTo("models/x.onnx");
        assertThat(ProgramJar.typed(Path.of("/elsewhere/my models/it's"))).isEqualTo("'/elsewhere/my models/it'\\''s'");
    }
}
