package io.github.afterimage.model.evaluation;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.Progress;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.ChangeEffect;
import io.github.afterimage.answer.DoubtThreshold;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.answer.TuningRows;
import io.github.afterimage.model.data.FeatureSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The index of the repository, tuned with some of the test images, loses keys; the others measure it. */
class ChangedMemoryTest {
    private static final Path INDEX = Path.of("models/cifar10.safetensors");
    private static final int TUNING = 500;

    @TempDir
    private Path folder;

    /** Errors of the network and of its answer together with the memory, both to so many views. */
    private static int[] errors(CacheReader index, int views, Examples examples) throws IOException {
        int[] errors = new int[2];
        new Evaluation(index, examples)
                .predict(
                        index.calibration(views),
                        index.calibration(Calibration.ALONE).rule(),
                        Progress.NONE,
                        prediction -> {
                            errors[0] += prediction.averaged() != prediction.label() ? 1 : 0;
                            errors[1] += prediction.together() != prediction.label() ? 1 : 0;
                        });
        return errors;
    }

    @Test
    void lostClassesMakeItNoWorseThanTheNetworkOnceItIsSaved() throws IOException {
        Path file = folder.resolve("tuned.safetensors");
        try (FeatureSet features = FeatureSet.open("features:models/cifar10-test.safetensors")) {
            Examples all = Examples.of(features);
            Examples others = all.select(IntStream.range(TUNING, all.size()).toArray());
            saveTuned(file, all.select(IntStream.range(0, TUNING).toArray()));
            try (CacheIndex index = CacheIndex.open(file)) {
                int[] before = errors(index, 1, others);
                assertThat(before[1]).isLessThan(before[0]);
                try (CacheReader then = index.snapshot()) {
                    index.remove(0, 1, 2);
                    assertThat(index.effect(then)).map(ChangeEffect::examples).hasValue(TUNING);
                }
                Calibration former = index.calibration(1);
                index.remove(key -> key.label() < 3 && key.id() % 100 != 0);
                index.save(file);
                assertThat(index.calibration(1).rule()).isNotEqualTo(former.rule());
                int[] after = errors(index, 1, others);
                int[] ofTwoViews = errors(index, 2, others);
                System.out.printf(
                        "of %d: network %d, together %d; with 1 %% of the keys of three classes %d, two views %d beside %d%n",
                        others.size(), before[0], before[1], after[1], ofTwoViews[1], ofTwoViews[0]);
                assertThat(after[1]).isLessThanOrEqualTo(before[0] + others.size() / 1000);
                assertThat(ofTwoViews[1]).isLessThanOrEqualTo(before[0] + others.size() / 1000);
            }
        }
    }

    private static void saveTuned(Path file, Examples tuning) throws IOException {
        try (CacheIndex index = CacheIndex.open(INDEX)) {
            Evaluation evaluation = new Evaluation(index, tuning);
            Tuner tuner = evaluation.tuned(new Tuner(), false, Progress.NONE).tuner();
            TuningRows rows = evaluation.rows(index, TuningRows.MOST);
            assertThat(rows.size()).isEqualTo(TuningRows.MOST);
            index.files().saveTuned(file, tuner.attributes(index.attributes(), DoubtThreshold.SHARE), rows);
        }
        assertThat(StoredIndex.contents(file).tuningRows()).isEqualTo(TuningRows.MOST);
    }

    @Test
    void keepsAsManyExamplesAsAreAskedFor() throws IOException {
        try (FeatureSet features = FeatureSet.open("features:models/cifar10-test.safetensors");
                CacheIndex index = CacheIndex.open(INDEX)) {
            Evaluation evaluation = new Evaluation(
                    index, Examples.of(features).select(IntStream.range(0, 40).toArray()));
            assertThat(evaluation.rows(index, 0).size()).isZero();
            assertThat(evaluation.rows(index, 7).size()).isEqualTo(7);
            assertThat(evaluation.rows(index, 500).size()).isEqualTo(40);
            assertIllegalArgument(() -> evaluation.rows(index, 501))
                    .hasMessage("501 examples to keep: expected 0 to 500");
        }
    }
}
