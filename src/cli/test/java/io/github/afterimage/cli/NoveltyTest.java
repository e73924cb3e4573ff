package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.model.data.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NoveltyTest {
    @TempDir
    private Path folder;

    /** Along an axis a key has score 1 and the other one 0; between the axes both have 0.7071. */
    private String known() throws IOException {
        return NpzFile.features(folder.resolve("known.npz"), new float[] {1, 0, 0, 1, 2, 0, 0, 3}, 0, 1, 0, 1);
    }

    /** With labels that the index does not have. */
    private String unknown() throws IOException {
        return NpzFile.features(folder.resolve("unknown.npz"), new float[] {1, 1, 1, 2, 2, 1}, 7, 7, 7);
    }

    @Test
    void comparesDetectorsOfFeaturesWithoutANetwork() throws IOException {
        Path index = TwoClasses.index(folder);
        Map<String, Object> found = Run.json(
                "measure novelty --index %s --data %s --unknown %s --theta 0,50 --k 1,2", index, known(), unknown());
        assertThat(found).containsEntry("examples", 4);
        Map<String, Object> set = Run.objects(found, "unknown").get(0);
        assertThat(set).containsEntry("examples", 3).containsEntry("best", "novelty, memory alone");
        List<Map<String, Object>> detectors = Run.objects(set, "detectors");
        assertThat(detectors)
                .extracting(detector -> detector.get("detector"))
                .containsExactly(
                        "novelty, memory alone",
                        "log mass, theta 0",
                        "log mass, theta 50",
                        "similarity of neighbor 1",
                        "similarity of neighbor 2");
        // At theta 0 all are equal. The second neighbour of an unknown example is nearer than that of a known one.
        assertThat(detectors).extracting(detector -> detector.get("auroc")).containsExactly(1.0, 0.5, 1.0, 1.0, 0.0);
        assertThat(detectors)
                .extracting(detector -> detector.get("falsePositiveRate"))
                .containsExactly(0.0, 1.0, 0.0, 0.0, 1.0);
        assertThat(set.get("asGood")).isEqualTo(List.of("log mass, theta 50", "similarity of neighbor 1"));
        assertThat(found).as("without a threshold").doesNotContainKey("refused");
    }

    @Test
    void saysHowManyExamplesTheStoredThresholdRefuses() throws IOException {
        Path index = TwoClasses.index(folder);
        String near = NpzFile.features(folder.resolve("near.npz"), new float[] {1, 0.1f, 0.1f, 1}, 0, 1);
        Run.done("tune --index %s --data %s --theta 50 --save", index, near);
        Path page = folder.resolve("novelty.html");
        String text = Run.done(
                        "measure novelty --index %s --data %s --unknown %s --k 1 --page %s",
                        index, known(), unknown(), page)
                .out();
        assertThat(text)
                .contains("log mass, theta 12.5", "log mass, theta 200", "chance alone may have put it before")
                .containsPattern("known.npz +0 of 4 +0\\.00 %")
                .containsPattern("unknown.npz +3 of 3 +100\\.00 %");
        assertThat(page).content().contains("Like nothing remembered", "<svg", "similarity of neighbor 1");
    }

    @Test
    void comparesImagesWithBlurredAndNoisyOnesAndTheNetwork() throws IOException {
        Path model = ColourModel.write(folder.resolve("net.onnx"));
        for (int colour = 0; colour < 3; colour++) {
            byte[] values = new byte[12];
            values[4 * colour] = (byte) 255;
            Path inner = Files.createDirectories(folder.resolve("known").resolve("colour" + colour));
            Files.write(inner.resolve("0.bmp"), Image.ofBytes(2, 2, values).encoded());
        }
        byte[] grey = new byte[12];
        Arrays.fill(grey, (byte) 60);
        Path other = Files.createDirectories(folder.resolve("other").resolve("grey"));
        Files.write(other.resolve("0.bmp"), Image.ofBytes(2, 2, grey).encoded());
        Path index = folder.resolve("index.safetensors");
        Run.done("build --model %s --layers hidden --data images:%s --out %s", model, folder.resolve("known"), index);
        Object[] command = {
            "measure novelty --index %s --model %s --data images:%s --unknown images:%s --blur 1 --noise 0.5 --theta 10 --k 1",
            index,
            model,
            folder.resolve("known"),
            folder.resolve("other")
        };
        Map<String, Object> found =
                Run.warned("these find themselves", command, "--json").object();
        List<Map<String, Object>> sets = Run.objects(found, "unknown");
        assertThat(sets)
                .extracting(set -> set.get("name"))
                .containsExactly("images:" + folder.resolve("other"), "blur 1", "noise 0.5", "mean of the 3 sets");
        // Logits are sums of channels: grey has 4 x 60/255 of each, known images have 1, 0 and 0.
        List<Map<String, Object>> detectors = Run.objects(sets.get(0), "detectors");
        assertThat(detectors)
                .extracting(detector -> detector.get("detector"))
                .containsExactly(
                        "novelty",
                        "novelty, memory alone",
                        "log mass, theta 10",
                        "similarity of neighbor 1",
                        "the network's greatest probability",
                        "the network's energy");
        assertThat(detectors)
                .extracting(detector -> detector.get("auroc"))
                .containsExactly(1.0, 1.0, 1.0, 1.0, 1.0, 0.0);
        assertThat(Run.of(command, "--json").object()).as("the same seed").isEqualTo(found);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    KNOWN | there are no unknown examples: add --unknown DATA
                    KNOWN --unknown KNOWN | the index has no theta: run tune --save, or add --theta T
                    KNOWN --unknown images:x | expected features: of both, or images of both
                    KNOWN --blur 1 | --model, --blur and --noise are for images
                    images:x --noise 0 | --noise 0: expected a positive number, at most 1000
                    KNOWN --unknown KNOWN --theta 1 --k 3 | --k 3: expected 1 to 2, the number of keys
                    KNOWN --unknown KNOWN --theta -1 | afterimage: --theta -1.0: expected a finite number
                    """)
    void refusesWhatHasNoAnswer(String options, String message) throws IOException {
        String data = options.replace("KNOWN", known());
        assertThat(Run.failure(ExitCode.USAGE, "measure novelty --index %s --data " + data, TwoClasses.index(folder)))
                .contains(message);
    }

    @Test
    void needsNoLabelsAndTakesTheKsThatThereAre() throws IOException {
        Path bare =
                new NpzFile().floats("features", new float[] {1, 1, 1, 2}, 2, 2).write(folder.resolve("bare.npz"));
        Map<String, Object> found = Run.json(
                "measure novelty --index %s --data %s --unknown features:%s --theta 1,1",
                TwoClasses.index(folder), known(), bare);
        assertThat(Run.objects(Run.objects(found, "unknown").get(0), "detectors"))
                .extracting(detector -> detector.get("detector"))
                .containsExactly("novelty, memory alone", "log mass, theta 1", "similarity of neighbor 1");
    }

    @Test
    void takesAFolderOfPicturesWithoutSubFolders() throws IOException {
        Path model = ColourModel.write(folder.resolve("net.onnx"));
        Path red = Files.createDirectories(folder.resolve("keys/red")).resolve("0.bmp");
        Path blue = Files.createDirectories(folder.resolve("flat")).resolve("1.bmp");
        byte[] values = new byte[12];
        values[0] = (byte) 255;
        Files.write(red, Image.ofBytes(2, 2, values).encoded());
        values[8] = (byte) 255;
        Files.write(blue, Image.ofBytes(2, 2, values).encoded());
        Path index = folder.resolve("index.safetensors");
        Run.done(
                "build --model %s --layers hidden --data images:%s --cache-only --out %s",
                model, folder.resolve("keys"), index);
        Map<String, Object> found = Run.json(
                "measure novelty --index %s --model %s --data images:%s --blur 1 --theta 10",
                index, model, folder.resolve("flat"));
        assertThat(found).containsEntry("examples", 1);
    }

    @Test
    void warnsOfUnknownExamplesThatAreTheKnownOnes() throws IOException {
        String data = known();
        Run.warned(
                "4 of 4 examples of " + data + " are in " + data + " too: no detector can tell these apart",
                "measure novelty --index %s --data %s --unknown %s --theta 1",
                TwoClasses.index(folder),
                data,
                data);
    }
}
