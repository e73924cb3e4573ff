package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuneTest {
    @TempDir
    private Path folder;

    /** Of 4 examples of class 0, equation (3) has 2 errors at λ = 0.2, where p(0) = 0.8·0.4 + 0.2·0.75, and 1 at 0.5. */
    private String fourExamples() throws IOException {
        return NpzFile.features(
                folder.resolve("four.npz"),
                new float[] {1, 0, 1, 0, 0, 1, 0, 1},
                new float[] {.9f, .1f, .4f, .6f, .9f, .1f, .3f, .7f},
                0,
                0,
                0,
                0);
    }

    private Map<String, Object> tune(Path index, Object... more) throws IOException {
        return Run.json("tune --index %s --data %s", index, fourExamples(), more);
    }

    /**
     * Examples of both classes of which the memory tells nothing, with what the network says of the true class.
     *
     * @param images for the image of every third example, of the next, and of the one after it
     * @param mirrors for the mirror image, likewise
     */
    private String views(float[] images, float[] mirrors) throws IOException {
        int rows = 60;
        float[] features = new float[2 * rows];
        float[][] probabilities = new float[2][2 * rows];
        int[] labels = new int[rows];
        for (int i = 0; i < rows; i++) {
            Arrays.fill(features, 2 * i, 2 * i + 2, 1);
            labels[i] = i % 2;
            probabilities[0][2 * i + labels[i]] = images[i % 3];
            probabilities[0][2 * i + 1 - labels[i]] = 1 - images[i % 3];
            probabilities[1][2 * i + labels[i]] = mirrors[i % 3];
            probabilities[1][2 * i + 1 - labels[i]] = 1 - mirrors[i % 3];
        }
        return "features:"
                + new NpzFile()
                        .floats("features", features, rows, 2)
                        .floats("probabilities", probabilities[0], rows, 2)
                        .floats("mirror_probabilities", probabilities[1], rows, 2)
                        .labels(labels)
                        .write(folder.resolve("views.npz"));
    }

    /** Eight rows of each of eight classes, one class after another. */
    private String sorted(String file, long seed) throws IOException {
        Random random = new Random(seed);
        int classes = 8;
        float[] features = new float[8 * classes * classes];
        int[] labels = new int[8 * classes];
        for (int row = 0; row < labels.length; row++) {
            labels[row] = row / 8;
            for (int i = 0; i < classes; i++) {
                features[row * classes + i] = (i == labels[row] ? 1 : 0) + 0.3f * (float) random.nextGaussian();
            }
        }
        return "features:"
                + new NpzFile()
                        .floats("features", features, labels.length, classes)
                        .labels(labels)
                        .write(folder.resolve(file));
    }

    @Test
    void warnsOfExamplesThatLackMostClasses() throws IOException {
        Path index = folder.resolve("sorted.safetensors");
        Run.done("build --data %s --out %s", sorted("keys.npz", 1), index);
        String data = sorted("examples.npz", 2);
        Run.warned("the examples are of 3 of the 8 classes", "tune --index %s --data %s[0:24]", index, data);
        Run.done("tune --index %s --data %s", index, data);
    }

    @Test
    void takesTheMirrorImageWhereItMakesTheTrueClassesMoreProbable() throws IOException {
        Path index = TwoClasses.index(folder);
        String data = views(new float[] {0.2f, 0.9f, 0.9f}, new float[] {0.9f, 0.2f, 0.9f});
        Run run = Run.done("tune --index %s --data %s --save", index, data);
        assertThat(run.out())
                .contains("the network on two views and the memory together")
                .containsPattern("network, calibrated +33\\.33 %")
                .containsPattern("network, two views, calibrated +0\\.00 % +20 +0")
                .containsPattern("together +33\\.33 % +0 +0")
                .containsPattern("together, two views +0\\.00 % +20 +0")
                .contains("Two views make the true classes more probable", "--views 1 answers by one");
        Run.reported("info %s", index).containsEntry("views", 2);
        Run.reported("evaluate --index %s --data %s", index, data)
                .containsEntry("views", 2)
                .containsEntry("networkErrors", 20)
                .containsEntry("twoViewsErrors", 0)
                .containsEntry("togetherErrors", 0);
        Run.reported("evaluate --index %s --data %s --views 1", index, data)
                .containsEntry("views", 1)
                .containsEntry("tuned", true)
                .containsEntry("networkErrors", 20)
                .containsEntry("togetherErrors", 20)
                .doesNotContainKey("twoViewsError");
        Run.refused("evaluate --index %s --data %s --views 3", index, data)
                .isEqualTo("afterimage: --views 3: expected 1 or 2");
    }

    @Test
    void leavesTheMirrorImageOutWhereItDoesNotHelp() throws IOException {
        Path index = TwoClasses.index(folder);
        String data = views(new float[] {0.9f, 0.9f, 0.4f}, new float[] {0.05f, 0.05f, 0.3f});
        Run.printed("tune --index %s --data %s --save", index, data)
                .contains("The mirror image does not make the true classes more probable: answers leave it out.");
        Run.reported("evaluate --index %s --data %s", index, data)
                .containsEntry("views", 1)
                .containsEntry("togetherErrors", 20);
        Run.reported("evaluate --index %s --data %s --views 2", index, data)
                .containsEntry("views", 2)
                .containsEntry("twoViewsErrors", 60);
    }

    @Test
    void fewExamplesHardlyChangeTheUsualWeights() throws IOException {
        Map<String, Object> found = tune(TwoClasses.index(folder), "--theta", 40);
        assertThat(found)
                .containsEntry("examples", 4)
                .containsEntry("theta", 40.0)
                .containsEntry("views", 1)
                .containsEntry("tuned", true)
                .containsEntry("saved", false)
                .containsEntry("verdict", "no-help")
                .containsKeys("seconds", "networkSeconds", "memorySeconds", "peakBytes");
        Map<?, ?> weights = (Map<?, ?>) found.get("weights");
        assertThat((double) weights.get("network")).isCloseTo(0.5, within(0.1));
        assertThat((double) weights.get("memory")).isCloseTo(0.25, within(0.1));
        assertThat((Map<?, ?>) found.get("network")).extracting("error").isEqualTo(0.5);
    }

    @Test
    void savesTheRuleAndNothingElse() throws IOException {
        Path index = TwoClasses.index(folder);
        Map<String, Object> before = Run.json("info %s", index);
        assertThat(before).containsEntry("tuned", false);
        Run.printed("info %s", index)
                .containsPattern("refusal threshold +none; tune --save stores one")
                .containsPattern("answers +the network .*nobody tuned the index");
        assertThat(tune(index, "--theta", 7, "--save")).containsEntry("saved", true);
        Map<String, Object> after = Run.json("info %s", index);
        assertThat(after).containsEntry("tuned", true).containsEntry("theta", 7.0);
        assertThat((double) after.get("doubtMost")).isBetween(0.0, Math.log(2));
        Run.printed("info %s", index)
                .containsPattern("answers +the network and the memory together, theta 7")
                .doesNotContain("nobody")
                .containsPattern("refusal threshold +doubt 0\\.[0-9]+; it is more for");
        assertThat((Map<?, ?>) after.get("attributes"))
                .extracting("data")
                .isEqualTo(((Map<?, ?>) before.get("attributes")).get("data"));
        assertThat(after.get("keys")).isEqualTo(before.get("keys"));
        Run.done("check %s", index);
    }

    @Test
    void savesTheShareOfExamplesThatMayBeAboveTheThreshold() throws IOException {
        Path index = TwoClasses.index(folder);
        tune(index, "--save", "--refused", 0.5);
        Run.reported("info %s", index).containsEntry("doubtShare", 0.5).containsKey("doubtMost");
        Run.refused("tune --index %s --data %s --refused 1", index, TwoClasses.examples(folder))
                .contains("--refused 1.0: expected a share, 0 or more and less than 1, such as 0.01");
    }

    @Test
    void changesNothingUnlessToldToSave() throws IOException {
        Path index = TwoClasses.index(folder);
        byte[] before = Files.readAllBytes(index);
        tune(index);
        tune(index, "--lambda", 0.5);
        assertThat(index).hasBinaryContent(before);
    }

    @Test
    void saysWhereTheMemoryHelps() throws IOException {
        Path index = folder.resolve("clusters.safetensors");
        Run.done("build --data %s --out %s", Clusters.write(folder.resolve("keys.npz"), 300, 1), index);
        String data = Clusters.write(folder.resolve("tuning.npz"), 300, 2);
        Run.reported("tune --index %s --data %s --save", index, data).containsEntry("verdict", "helps");
        Map<String, Object> found =
                Run.json("evaluate --index %s --data %s", index, Clusters.write(folder.resolve("test.npz"), 300, 3));
        assertThat((double) found.get("togetherError")).isLessThan((double) found.get("networkError") / 2);
        assertThat((double) found.get("togetherLogLoss")).isLessThan((double) found.get("networkLogLoss") / 2);
    }

    @Test
    void answersCountHowOftenEachClassComes() throws IOException {
        Path index = TwoClasses.index(folder);
        int[] labels = new int[60];
        float[] features = new float[2 * labels.length];
        Arrays.fill(features, 1);
        Arrays.fill(labels, 0, 6, 1);
        String data = NpzFile.features(folder.resolve("unequal.npz"), features, labels);
        List<?> shares = (List<?>)
                Run.json("tune --index %s --data %s --save", index, data).get("classShares");
        assertThat((double) shares.get(0)).isBetween(0.8, 0.95);
        Run.printed("info %s", index).contains("classes weighed by how often they come");
        Run.reported("evaluate --index %s --data %s", index, data).containsEntry("memoryErrors", 6);
    }

    @Test
    void searchesAGridForEquationThree() throws IOException {
        Path index = TwoClasses.index(folder);
        Object[] grid = {"--theta", TwoClasses.THETA, "--lambda", "0.2,0.5"};
        assertThat(tune(index, grid, "--save"))
                .containsEntry("examples", 4)
                .containsEntry("networkError", 0.5)
                .containsEntry("mixedError", 0.25)
                .containsEntry("theta", TwoClasses.THETA)
                .containsEntry("lambda", 0.5)
                .containsEntry("saved", true);
        Run.printed("info %s", index).containsPattern("answers +equation \\(3\\), theta 1\\.0986, lambda 0\\.5");
        Run.reported("evaluate --index %s --data %s", index, fourExamples())
                .containsEntry("lambda", 0.5)
                .containsEntry("togetherError", 0.25);
        assertThat(tune(index, "--save").get("lambda")).isNull();
        Run.printed("info %s", index).as("the pool again").doesNotContain("equation (3)");
    }

    @Test
    void triesFurtherValuesOfThetaUnlessTheyAreGiven() throws IOException {
        Path index = TwoClasses.index(folder);
        Map<String, Object> found = tune(index);
        int known = ((List<?>) found.get("thetas")).size();
        assertThat((int) found.get("widenings")).isPositive();
        assertThat(known).isGreaterThan(6);
        Run.printed("tune --index %s --data %s --theta 1:2:3", index, fourExamples())
                .containsPattern("The best theta is the (first|last) of those that were tried");
    }

    @Test
    void tunesTheMemoryAloneOnFeaturesWithoutProbabilities() throws IOException {
        Path index = TwoClasses.index(folder);
        String data = NpzFile.features(folder.resolve("alone.npz"), new float[] {1, 0, 1, 0, 0, 1}, 0, 0, 0);
        Run.reported("tune --index %s --data %s --theta 10 --save", index, data)
                .containsEntry("verdict", "memory-alone")
                .containsEntry("views", 0)
                .doesNotContainKeys("network", "oneView");
        assertThat((Map<?, ?>) Run.json("info %s", index).get("attributes"))
                .extracting("theta")
                .isEqualTo("10.0");
        Run.reported("evaluate --index %s --data %s", index, data)
                .containsEntry("memoryErrors", 1)
                .containsEntry("theta", 10.0)
                .doesNotContainKeys("networkError", "togetherError", "corrected");
        Path csv = folder.resolve("predictions.csv");
        Run.printed("evaluate --index %s --data %s --predictions %s", index, data, csv)
                .contains("the memory answers alone")
                .doesNotContain("together");
        assertThat(Files.readAllLines(csv))
                .element(3)
                .asString()
                .startsWith("2,0,,1,,")
                .endsWith(",,alone.npz row 2");
        Run.refused("evaluate --index %s --data %s --lambda 0.5", index, data)
                .contains("--lambda 0.5", "the memory answers alone");
    }

    @Test
    void refusesWhatIsNotAGrid() throws IOException {
        Path index = TwoClasses.index(folder);
        for (String grid : List.of("1:2", "1:2:0", "a:b:3", "1:2:3:4", "", "1,,2", "1:2:100000")) {
            Run.refused("tune --index %s --data %s --theta %s", index, fourExamples(), grid)
                    .contains("--theta \"" + grid + "\"", "FIRST:LAST:COUNT");
        }
        Run.refused("tune --index %s --data %s --lambda 0:2:3", index, fourExamples())
                .contains("lambda 2.0: expected");
    }

    @Test
    void keepsAsManyExamplesAsItIsTold() throws IOException {
        Path index = TwoClasses.index(folder);
        assertThat(tune(index)).containsEntry("kept", 0);
        assertThat(tune(index, "--save")).containsEntry("kept", 4);
        Run.reported("info %s", index).containsEntry("tuningRows", 4);
        Run.printed("check %s", index).isNotEmpty();
        assertThat(tune(index, "--save", "--keep", 3)).containsEntry("kept", 3);
        Run.reported("info %s", index).containsEntry("tuningRows", 3);
        Run.printed("tune --index %s --data %s --save --keep 0", index, fourExamples())
                .contains("which keeps 0 examples of these");
        Run.reported("info %s", index).containsEntry("tuningRows", 0);
        Run.refused("tune --index %s --data %s --keep 501", index, fourExamples())
                .isEqualTo("afterimage: --keep 501: expected a number of examples, 0 to 500");
    }
}
