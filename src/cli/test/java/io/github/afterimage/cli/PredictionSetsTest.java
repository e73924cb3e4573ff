package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.report.ExitCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PredictionSetsTest {
    @TempDir
    private Path folder;

    @Test
    void setsThatTuneSavedHoldTheirPromiseAndPredictNamesThem() throws IOException {
        Path index = folder.resolve("clusters.safetensors");
        Run.done("build --data %s --out %s", Clusters.write(folder.resolve("training.npz"), 60, 1), index);
        String tuning = Clusters.write(folder.resolve("tuning.npz"), 300, 2);
        String test = Clusters.write(folder.resolve("test.npz"), 300, 3);
        Run.refused("predict --index %s --data %s --theta 9 --lambda 0.5 --coverage 0.3", index, test)
                .contains("coverage 0.3: expected 0.5 or more");
        Run.refused("predict --index %s --data %s --theta 9 --lambda 0.5 --coverage 0.9", index, test)
                .contains("this answer has no prediction sets: they go with the pool");
        Run.refused("predict --index %s --data %s --coverage 0.9", index, test)
                .contains("the index has no prediction sets", "tune");
        Run.done("tune --index %s --data %s --save", index, tuning);
        Run.printed("info %s", index).containsPattern("sets +promised from [0-9]+ examples");
        assertThat((double)
                        Run.json("evaluate --index %s --data %s", index, test).get("coverage"))
                .isGreaterThan(0.9);
        Run.printed("predict --index %s --data %s --coverage 0.9", index, test).contains("90 % sure: class ");
        assertThat(Run.objects(Run.json("predict --index %s --data %s --coverage 0.5", index, test), "predictions"))
                .as("the answer is in its set, also where the true class mostly is more probable")
                .allSatisfy(
                        each -> assertThat(Run.objects(each, "set").get(0)).containsEntry("name", each.get("name")));
        Run.printed("predict --index %s --data %s --coverage 0.9 --csv -", index, test)
                .contains("doubt,uncertain,set,neighbor1_id");
        Run.refused("predict --index %s --data %s --coverage 0.9999", index, test)
                .contains("examples that tune had", "give at most 0.99");
        Run.refused("predict --index %s --data %s --coverage 0.9 --lambda 0.5", index, test)
                .contains("this answer has no prediction sets: they go with the pool");
    }

    @Test
    void aChangeOfTheKeysWarnsThatTheSetsAreThoseOfTheKeysBefore() throws IOException {
        Path index = folder.resolve("clusters.safetensors");
        Run.done("build --data %s --out %s", Clusters.write(folder.resolve("training.npz"), 60, 1), index);
        String more = Clusters.write(folder.resolve("more.npz"), 60, 4);
        Run.done("add --index %s --data %s", index, more);
        String tune = "tune --index %s --data %s --save";
        String tuning = Clusters.write(folder.resolve("tuning.npz"), 300, 2);
        Run.done(tune, index, tuning);
        String changed = "keys have changed since";
        Run.printed("info %s", index).contains("promised from").doesNotContain(changed);
        String warning = "their coverage may not hold any more: run tune --save again";
        Run.warned(warning, "add --index %s --data %s", index, Clusters.write(folder.resolve("new.npz"), 60, 5));
        Run.printed("info %s", index).contains(changed);
        Run.warned(warning, "remove --index %s --ids 0", index);
        Run.warned(warning, "remove --index %s --ids 1 --forget", index);
        Run.warned(ExitCode.FAILED, "no key matches", "remove --index %s --ids 0", index);
        Run.done(tune, index, tuning);
        Run.printed("info %s", index).contains("promised from").doesNotContain(changed);
    }

    /** Points around the first three axes, some nearer to another one; a network is right two times in three. */
    private String points(String name, int rows, long seed, boolean network) throws IOException {
        int dim = 8;
        Random random = new Random(seed);
        float[] features = new float[rows * dim];
        float[] probabilities = new float[rows * 3];
        int[] labels = new int[rows];
        for (int row = 0; row < rows; row++) {
            labels[row] = row % 3;
            for (int i = 0; i < dim; i++) {
                features[row * dim + i] = (float) random.nextGaussian() + (i == labels[row] ? 2 : 0);
            }
            int chosen = random.nextInt(3) == 0 ? random.nextInt(3) : labels[row];
            for (int c = 0; c < 3; c++) {
                probabilities[row * 3 + c] = c == chosen ? 0.5f : 0.25f;
            }
        }
        Path file = folder.resolve(name);
        return network
                ? NpzFile.features(file, features, probabilities, labels)
                : NpzFile.features(file, features, labels);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void evaluateCountsTheSetsAndTheRefusalsOfPredict(boolean network) throws IOException {
        String training = points("training.npz", 60, 1, network);
        String tuning = points("tuning.npz", 300, 2, network);
        String test = points("test.npz", 300, 3, network);
        Path index = folder.resolve("index.safetensors");
        Run.done("build --data %s --out %s", training, index);
        Run.reported("evaluate --index %s --data %s --theta 9 --lambda %s", index, test, network ? 0.5 : 1)
                .as("an index that was not tuned")
                .doesNotContainKeys("covered", "promised", "refused");
        Run.done("tune --index %s --data %s --refused 0.1 --save", index, tuning);
        List<Map<String, Object>> sets =
                Run.objects(Run.json("predict --index %s --data %s --coverage 0.95", index, test), "predictions");
        int covered = 0;
        for (int row = 0; row < sets.size(); row++) {
            int label = row % 3;
            covered += Run.objects(sets.get(row), "set").stream()
                            .anyMatch(each -> each.get("label").equals(label))
                    ? 1
                    : 0;
        }
        long refused =
                Run.objects(Run.json("predict --index %s --data %s --refuse", index, test), "predictions").stream()
                        .filter(each -> each.get("refused").equals(true))
                        .count();
        assertThat(covered).isBetween(270, 299);
        assertThat(refused).isBetween(1L, 60L);
        Run found = Run.done("evaluate --index %s --data %s --json", index, test);
        assertThat(found.object())
                .containsEntry("promised", 0.95)
                .containsEntry("covered", covered)
                .containsEntry("coverage", covered / 300.0)
                .containsEntry("refused", (int) refused)
                .containsEntry("refusedShare", refused / 300.0);
        Run.printed("evaluate --index %s --data %s", index, test)
                .contains("(" + covered + " of 300), 95.00 % are promised")
                .contains("(" + refused + " of 300), at most 10.00 % of the examples of tune were");
        Run.reported("evaluate --index %s --data %s --lambda %s", index, test, network ? 0.5 : 1)
                .as("sets and threshold are for the rule of the index")
                .doesNotContainKeys("covered", "refused");
    }
}
