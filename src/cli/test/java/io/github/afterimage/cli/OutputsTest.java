package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.Classification;
import io.github.afterimage.model.data.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * build --outputs, and the commands that use such an index. Of the network's five outputs, 0 and 3 are the logits of red, 1 and
 * 4 those of green, and 2 that of blue; each is 4 for an image of its colour and else 0.
 */
class OutputsTest {
    private static final Map<String, Integer> COLOURS = Map.of("leaf", 1, "rose", 0, "sky", 2);

    /** p_net of the right class of three. */
    private static final double CERTAIN = Math.exp(4) / (Math.exp(4) + 2);

    @TempDir
    private Path folder;

    private Path model;
    private Path index;

    @BeforeEach
    void write() throws IOException {
        model = ColourModel.write(folder.resolve("five.onnx"), 1, 5);
        index = folder.resolve("index.safetensors");
    }

    private static Image image(int colour) {
        byte[] values = new byte[12];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) (i / 4 == colour ? 255 : 0);
        }
        return Image.ofBytes(2, 2, values);
    }

    /** @param classes all if none are named */
    private String images(String name, int copies, String... classes) throws IOException {
        for (Map.Entry<String, Integer> colour : COLOURS.entrySet()) {
            if (classes.length > 0 && !List.of(classes).contains(colour.getKey())) {
                continue;
            }
            Path inner = Files.createDirectories(folder.resolve(name).resolve(colour.getKey()));
            for (int copy = 0; copy < copies; copy++) {
                Files.write(
                        inner.resolve(copy + ".bmp"), image(colour.getValue()).encoded());
            }
        }
        return "images:" + folder.resolve(name);
    }

    private Object[] build(String data, Object... outputs) {
        return new Object[] {"build --model %s --layers hidden --data %s --out %s", model, data, index, outputs};
    }

    @Test
    void everyCommandUsesTheProbabilitiesOfTheChosenOutputs() throws IOException {
        String photos = images("photos", 2);
        Run.done(build(photos, "--outputs", "4,0,2"));
        Run.reported("info %s", index)
                .containsEntry("classes", 3)
                .extractingByKey("attributes")
                .asInstanceOf(InstanceOfAssertFactories.MAP)
                .containsEntry("network.classes", "4,0,2");
        Run.printed("info %s", index).contains("outputs 4, 0, 2 of the network");
        Object[] on = {"--index", index, "--model", model, "--data", photos};
        Run.warned("these find themselves", "tune", on, "--theta", "5", "--lambda", "0", "--save");
        assertThat(Run.warned("these find themselves", "evaluate", on, "--json").object())
                .containsEntry("networkError", 0.0)
                .containsEntry("togetherError", 0.0);
        Run.done("reproduce jacobian", on, "--count", "1");
        try (CacheModel cacheModel = CacheModel.open(model, index)) {
            Classification green = cacheModel.classify(image(1));
            assertThat(green.name()).isEqualTo("leaf");
            assertThat(green.probability()).isCloseTo(CERTAIN, within(1e-6));
        }
    }

    @Test
    void outputsAreReadFromAFile() throws IOException {
        Path numbers = Files.writeString(folder.resolve("numbers.txt"), "1\n 3\n2\n");
        String photos = images("photos", 1);
        Run.done(build(photos, "--outputs", numbers));
        Run.printed("info %s", index).contains("outputs 1, 3, 2 of the network");
        Files.writeString(numbers, "1\nred\n2\n");
        Run.refused(build(photos, "--outputs", numbers))
                .contains("\"red\" for class 1: expected the number of an output");
        Run.failed(ExitCode.FAILED, build(photos, "--outputs", "nowhere.txt")).contains("nowhere.txt");
    }

    @Test
    void outputsAreFoundFromTheAnswers() throws IOException {
        Run built = Run.of(build(images("photos", 6), "--outputs", "auto", "--json"));
        assertThat(Run.objects(built.object(), "outputs"))
                .containsExactly(
                        Map.of("name", "leaf", "output", 1, "meaning", "", "answers", 6, "images", 6),
                        Map.of("name", "rose", "output", 0, "meaning", "", "answers", 6, "images", 6),
                        Map.of("name", "sky", "output", 2, "meaning", "", "answers", 6, "images", 6));
        assertThat(built.object()).containsEntry("networkError", 0.0).doesNotContainKey("warnings");
        Run.printed("info %s", index).contains("outputs 1, 0, 2 of the network");
        Run.printed(build(images("photos", 6), "--outputs", "auto"))
                .containsPattern("rose +0 +6 of 6")
                .contains("100.0 % of the sample are right among all classes");
    }

    @Test
    void namesBesideTheNetworkTellTheOutputs() throws IOException {
        Files.writeString(folder.resolve("labels.txt"), "red\ngreen\nblue\nRose\nleaf\n");
        Run built = Run.of(build(images("two", 1, "rose", "leaf"), "--outputs", "auto", "--json"));
        assertThat(Run.objects(built.object(), "outputs"))
                .containsExactly(
                        Map.of("name", "leaf", "output", 4, "meaning", "leaf", "answers", 0, "images", 1),
                        Map.of("name", "rose", "output", 3, "meaning", "Rose", "answers", 0, "images", 1));
    }

    @Test
    void experimentsFindTheOutputsOnce() throws IOException {
        Object[] on = {
            "measure methods --data %s --test %s --model %s --layers hidden --reduce none --theta 5 --methods memory"
                    + " --work %s",
            images("photos", 6),
            images("others", 4),
            model,
            folder.resolve("work")
        };
        Map<String, Object> found = Run.warned("equal training examples", on, "--outputs", "auto", "--json")
                .object();
        assertThat(Run.objects(found, "methods").get(0))
                .containsEntry("name", "network")
                .containsEntry("error", 0.0);
        assertThat(Run.warned("equal training examples", on, "--outputs", "auto", "--json")
                        .object())
                .containsEntry("partsComputed", 0);
        Run.failed(ExitCode.CORRUPT, on, "--outputs", "1,0").contains("has classes leaf, rose, sky: expected 2");
        Run.failed(ExitCode.CORRUPT, on).contains("add --outputs auto or a list");
    }

    @Test
    void aDoubtfulAssignmentIsRefused() throws IOException {
        Run.refused(build(images("few", 3), "--outputs", "auto"))
                .contains(
                        "do not tell which of its outputs is \"leaf\" (output 1 for 3 of 3 images), \"rose\" (output 0")
                .contains("such as the most frequent: --outputs 1,0,2");
        String mixed = images("mixed", 8);
        for (int copy = 0; copy < 4; copy++) { // half of the roses are blue, as the sky is
            Files.write(folder.resolve("mixed/rose/" + copy + ".bmp"), image(2).encoded());
            Files.write(folder.resolve("mixed/sky/" + copy + ".bmp"), image(0).encoded());
        }
        Run.refused(build(mixed, "--outputs", "auto"))
                .contains("\"rose\" (output 0 for 4, output 2 for 4 of 8 images), \"sky\"")
                .doesNotContain("leaf");
        assertThat(index).doesNotExist();
    }

    @Test
    void outputsThatDoNotFitAreRefused() throws IOException {
        String photos = images("photos", 1);
        Run.refused(build(photos, "--outputs", "1,0"))
                .contains("--outputs names 2 outputs of the network: expected one for each of the 3 classes");
        Run.refused(build(photos, "--outputs", "1,0,5")).contains("class 2 is output 5 of", "expected 0 to 4");
        Run.refused(build(photos, "--outputs", "1,0,1"))
                .contains("output 1 of the network is given to class 0 and to class 2");
        Run.refused(build(photos, "--outputs", "1,0,2", "--memory-alone")).contains("--outputs with --memory-alone");
        assertThat(index).doesNotExist();
    }
}
