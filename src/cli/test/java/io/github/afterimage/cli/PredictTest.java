package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.model.data.Image;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** predict, with a network that tells red, green and blue images apart and an index of one key of each. */
class PredictTest {
    private static final double THETA = Math.log(3);
    /** Of red, green and blue images; sorted as the network's classes are. */
    private static final List<String> CLASSES = List.of("cherry", "grass", "sky");

    @TempDir
    private Path folder;

    private Path model;
    private Path index;
    private Path green;

    @BeforeEach
    void build() throws IOException {
        model = ColourModel.write(folder.resolve("colours.onnx"));
        index = folder.resolve("index.safetensors");
        for (int colour = 0; colour < 3; colour++) {
            image("keys/" + CLASSES.get(colour) + "/" + colour + ".bmp", colour);
        }
        Run.done("build --model %s --layers hidden --data images:%s --out %s", model, folder.resolve("keys"), index);
        green = image("some, green.bmp", 1);
    }

    private Path image(String name, int colour) throws IOException {
        return ColourModel.picture(folder.resolve(name), colour);
    }

    private Path black() throws IOException {
        return ColourModel.picture(folder.resolve("black.bmp"));
    }

    private Object[] predict(Object... more) {
        return new Object[] {"predict --index %s --model %s --theta %s --lambda 0.5", index, model, THETA, more};
    }

    @Test
    void saysWhichAnswersAreUncertainIfTuneHasStoredHowSureOthersAre() throws IOException {
        assertThat(Run.objects(Run.json(predict(green)), "predictions").get(0))
                .containsKey("doubt")
                .doesNotContainKey("uncertain");
        Path other = tuneAndWriteGrey();
        Object[] tuned = {"predict --index %s --model %s", index, model};
        List<Map<String, Object>> found = Run.objects(Run.json(tuned, green, other), "predictions");
        assertThat(found.get(0)).containsEntry("uncertain", false).doesNotContainKey("reason");
        assertThat(found.get(1)).containsEntry("uncertain", true).containsEntry("refused", false);
        Run.printed(tuned, other)
                .containsPattern("uncertain: the network says [a-z]+ 33 %, the memory [a-z]+ 33 %: neither is sure\n"
                        + "doubt 1\\.10, above [01]\\.[0-9]+, which 99 % of the images");
        Run.printed(tuned, green).doesNotContain("uncertain");
        Run.printed(tuned, green, other, "--coverage", 0.5)
                .containsOnlyOnce("50 % sure: ")
                .contains("50 % sure: grass\n")
                .containsPattern("no promise of 50 %: .*\n+uncertain");
        assertThat(Run.objects(Run.json(tuned, other, "--coverage", 0.5), "predictions")
                        .get(0))
                .containsEntry("coverage", 0.5)
                .containsKey("set");
        Run.printed(predict(other)).as("another rule").doesNotContain("uncertain");
        Run.refused(predict("--refuse", other)).contains("--refuse with --lambda");
    }

    /** Tunes the index with its keys; returns a picture that is as like each class as any other. */
    private Path tuneAndWriteGrey() throws IOException {
        Run.warned(
                "these find themselves",
                "tune --index %s --model %s --data images:%s --theta 10 --save",
                index,
                model,
                folder.resolve("keys"));
        return Files.write(
                folder.resolve("grey.bmp"),
                Image.ofBytes(2, 2, "hhhhhhhhhhhh".getBytes(StandardCharsets.US_ASCII))
                        .encoded());
    }

    @Test
    void givesNoUncertainAnswerIfItRefuses() throws IOException {
        Run.refused(predict("--refuse", green))
                .contains(
                        "--refuse: there is no threshold of doubt for this rule: tune the index with labelled examples, as")
                .contains("afterimage tune --index " + index + " --model " + model + " --data DATA --save");
        Path other = tuneAndWriteGrey();
        Object[] refusing = {"predict --index %s --model %s --refuse", index, model, green, other};
        Map<String, Object> found = Run.json(refusing);
        assertThat(found).containsEntry("refused", 1).containsEntry("failed", 0);
        List<Map<String, Object>> predictions = Run.objects(found, "predictions");
        assertThat(predictions.get(0)).containsEntry("refused", false).containsEntry("name", "grass");
        assertThat(predictions.get(1))
                .containsEntry("refused", true)
                .containsEntry("uncertain", true)
                .doesNotContainKeys("name", "label", "probability", "networkLabel");
        Run.printed(refusing)
                .contains("grey.bmp: no answer", "uncertain: the network says", "doubt 1.10", "1 image refused");
        List<String> rows =
                Run.done(refusing, "--csv", "-", "--neighbors", 0).out().lines().toList();
        assertThat(rows).hasSize(3);
        assertThat(rows.get(1)).contains(",grass,").containsPattern(",0\\.[0-9]+,false$");
        assertThat(rows.get(2)).contains("grey.bmp,,,,,,,,,,,-3.1").containsPattern(",1\\.09[0-9]+,true$");
    }

    @Test
    void showsTheNamesOfTheKeysThatDecided() throws IOException {
        Map<String, Object> found = Run.json(predict("--neighbors", 2, green));
        assertThat(found).containsEntry("failed", 0);
        Map<String, Object> prediction = Run.objects(found, "predictions").get(0);
        assertThat(prediction.get("label")).isEqualTo(1);
        assertThat(prediction.get("name")).isEqualTo("grass");
        // One key at score 1 and two at 0: 3 / (3 + 1 + 1).
        double cache = ((Number) prediction.get("memoryProbability")).doubleValue();
        double network = ((Number) prediction.get("networkProbability")).doubleValue();
        assertThat(cache).isCloseTo(0.6, within(1e-6));
        assertThat(network).isCloseTo(1 / (1 + 2 * Math.exp(-4)), within(1e-6));
        assertThat(((Number) prediction.get("probability")).doubleValue())
                .isCloseTo((network + cache) / 2, within(1e-6));
        List<Map<String, Object>> neighbors = Run.objects(prediction, "neighbors");
        assertThat(neighbors).hasSize(2);
        assertThat(neighbors.get(0))
                .containsEntry("id", 1)
                .containsEntry("keyName", "grass/1.bmp")
                .containsEntry("label", 1)
                .containsEntry("name", "grass")
                .containsEntry("score", 1.0);
        assertThat((Double) neighbors.get(0).get("share"))
                .as("the only key of its class")
                .isCloseTo(1, within(1e-6));
        assertThat((Double) neighbors.get(1).get("share")).isCloseTo(1, within(1e-6));

        Run.printed(predict(green))
                .contains("some, green.bmp: grass", "60.00 %")
                .containsPattern("1 +grass +1\\.0000 +100\\.00 % +grass/1\\.bmp");
    }

    @Test
    void goesOnAfterFilesThatCannotBeUsed() throws IOException {
        Path missing = folder.resolve("missing.png");
        Path text = Files.writeString(folder.resolve("text.png"), "not an image");
        Path large = Files.write(
                folder.resolve("large.bmp"), Image.ofBytes(9, 9, new byte[243]).encoded());
        Object[] files = {missing, text, green, black(), image("red.bmp", 0), large};
        Run run = Run.of(predict(files));
        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run.out()).contains("some, green.bmp: grass", "red.bmp: cherry");
        List<String> messages = run.err().lines().toList();
        assertThat(messages).hasSize(4).allMatch(line -> line.startsWith("afterimage: "));
        assertThat(messages.get(0)).contains("missing.png", "no such image file");
        assertThat(messages.get(1)).contains("text.png");
        assertThat(messages.get(2)).contains("black.bmp", "all zeros");
        assertThat(messages.get(3)).contains("large.bmp", "9x9", "2x2");

        Map<String, Object> json = Run.of(predict(files), "--json").object();
        assertThat(json).containsEntry("failed", 4);
        List<Map<String, Object>> predictions = Run.objects(json, "predictions");
        assertThat(predictions.stream().map(entry -> entry.get("image")).toList())
                .isEqualTo(List.of(files).stream().map(String::valueOf).toList());
        assertThat(predictions.stream().map(entry -> entry.containsKey("error")).toList())
                .containsExactly(true, true, false, true, false, true);
        assertThat((String) predictions.get(0).get("error")).contains("missing.png", "no such image file");
    }

    @Test
    void takesFoldersAndAListOnStandardInput() throws IOException {
        image("photos/b/2.bmp", 2);
        image("photos/a/1.bmp", 0);
        image("photos/.thumbnails/1.bmp", 0);
        Files.writeString(folder.resolve("photos/notes.txt"), "no image");
        Path empty = Files.createDirectories(folder.resolve("empty"));
        String list = green + "\n\n" + folder.resolve("photos") + "\n" + empty + "\n";
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(list.getBytes(StandardCharsets.UTF_8)));
        Run run;
        try {
            run = Run.of(predict("--json", "-"));
        } finally {
            System.setIn(before);
        }
        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run.err()).contains(empty + " has no images: expected .png, ");
        assertThat(Run.objects(run.object(), "predictions").stream()
                        .map(entry -> entry.get("image") + " " + entry.get("name"))
                        .toList())
                .containsExactly(
                        empty + " null",
                        green + " grass",
                        folder.resolve("photos/a/1.bmp") + " cherry",
                        folder.resolve("photos/b/2.bmp") + " sky");
    }

    @Test
    void goesOnWhereALinkLeadsBackToItsFolder() throws IOException {
        Path file = image("photos/b/2.bmp", 2);
        Files.createSymbolicLink(folder.resolve("photos/b/back"), folder.resolve("photos"));
        Map<String, Object> found = Run.json(predict(folder.resolve("photos")));
        assertThat(Run.objects(found, "predictions")).hasSize(1);
        assertThat(Run.objects(found, "predictions").get(0)).containsEntry("image", file.toString());
    }

    @Test
    void goesOnWhereAFolderCannotBeRead() throws IOException {
        image("photos/b/2.bmp", 2);
        Path locked = Files.createDirectories(folder.resolve("photos/a"));
        Files.setPosixFilePermissions(locked, Set.of());
        assumeFalse(Files.isReadable(locked), "root reads every folder");
        Run run = Run.of(predict(folder.resolve("photos")));
        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run.err()).contains(locked + ": permission denied");
        assertThat(run.out()).contains("2.bmp: sky");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    a.png\0b.png\0 | expected a name on each line, in the encoding of this locale, as find writes without -print0
                    '' | nothing to classify: standard input has no line that names a file or folder
                    """)
    void saysWhatAListOnStandardInputHasToBe(String list, String message) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(list.getBytes(StandardCharsets.UTF_8)));
        try {
            Run.refused(predict("-")).contains(message);
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void writesCsvOfMoreFilesThanABatchHas() throws IOException {
        List<Object> files = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            files.add(image("many/" + i + ".bmp", i % 3));
        }
        files.set(70, folder.resolve("\"missing\".png"));
        Path csv = folder.resolve("predictions.csv");
        Run run = Run.of(predict(files.toArray(), green, "--neighbors", 1, "--csv", csv));
        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run.out()).contains("predictions.csv: 150 predictions, 1 failure");
        List<String> lines = Files.readAllLines(csv);
        assertThat(lines).hasSize(152);
        assertThat(lines.get(0))
                .startsWith("image,error,label,name,probability,")
                .endsWith(",neighbor1_id,neighbor1_key_name,neighbor1_label,neighbor1_name,neighbor1_score,"
                        + "neighbor1_share");
        IntStream.range(0, 150).filter(i -> i != 70).forEach(i -> assertThat(lines.get(i + 1))
                .startsWith(files.get(i) + ",," + i % 3 + "," + CLASSES.get(i % 3) + ",")
                .contains("," + CLASSES.get(i % 3) + "/" + i % 3 + ".bmp,"));
        assertThat(lines.get(71))
                .startsWith("\"" + folder + "/\"\"missing\"\".png\",")
                .endsWith(",".repeat(15));
        assertThat(lines.get(151)).startsWith("\"" + green + "\",,1,grass,");

        assertThat(Run.done(predict(green, "--csv", "-")).out().lines()).hasSize(2);
        Run both = Run.of(predict(green, "--csv", "-", "--json"));
        assertThat(both.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(both.err()).contains("--csv - with --json");
        Run.refused(predict(green, "--csv", green)).contains("is read by this command");
    }

    @Test
    void wordsForClassesAreShownAndTheirFoldersStillName() throws IOException {
        Path keys = folder.resolve("keys");
        Path words = Files.writeString(keys.resolve("classes.txt"), "grass green things, plants\n");
        Run.done("build --model %s --layers hidden --data images:%s --out %s", model, keys, index);
        Run.printed(predict(green)).contains("some, green.bmp: green things (grass)\n");
        Files.delete(words);
        assertThat(Run.of(
                                "evaluate --index %s --model %s --data images:%s --theta 8 --lambda 0.5 --json",
                                index, model, keys)
                        .object())
                .containsEntry("togetherErrors", 0);
        Run.reported("remove --index %s --label grass", index).containsEntry("removed", 1);
    }

    @Test
    void featuresAreClassifiedWithoutANetwork() throws IOException {
        String keys = Clusters.write(folder.resolve("keys.npz"), 60, 1);
        String unseen = Clusters.write(folder.resolve("new.npz"), 130, 2);
        Path made = folder.resolve("features.safetensors");
        Run.done("build --data %s --out %s", keys, made);
        Object[] command = {"predict --index %s --data %s --theta 8 --lambda 0.5", made, unseen};
        Map<String, Object> found = Run.json(command, "--neighbors", 2);
        List<Map<String, Object>> predictions = Run.objects(found, "predictions");
        assertThat(predictions).hasSize(130);
        long errors = IntStream.range(0, 130)
                .filter(row -> !predictions.get(row).get("label").equals(row % 3))
                .count();
        Run.reported("evaluate --index %s --data %s --theta 8 --lambda 0.5", made, unseen)
                .containsEntry("togetherErrors", (int) errors);
        Map<String, Object> last = predictions.get(129);
        assertThat(last)
                .containsEntry("image", "new.npz row 129")
                .containsKeys("probability", "networkProbability", "memoryProbability", "networkLabel");
        assertThat(Run.objects(last, "neighbors")).hasSize(2).allSatisfy(key -> assertThat((String) key.get("keyName"))
                .startsWith("keys.npz row "));
        Run.printed(command).contains("new.npz row 0: ", "together  network   memory", "nearest key");
        assertThat(Run.done(command, "--csv", "-").out().lines()).hasSize(131);
        float[] two = new float[2 * Clusters.DIM];
        Arrays.fill(two, 1);
        String alone = NpzFile.features(folder.resolve("alone.npz"), two, 0, 1);
        assertThat(Run.done("predict --index %s --data %s --csv -", made, alone)
                        .out()
                        .lines())
                .hasSize(3);
        Run.refused(command, green).contains("features:FILE alone", "need --model");
        Run.refused("predict --index %s", made).contains("nothing to classify");
        Run.failed(ExitCode.FAILED, "predict --index %s --theta 8 --lambda 0.5 --data %s", index, unseen)
                .contains("new.npz", "dim 40: expected the index's dim");
    }
}
