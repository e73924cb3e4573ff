package io.github.afterimage.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.ClassErrors.Alike;
import io.github.afterimage.experiments.ClassErrors.Confusion;
import io.github.afterimage.experiments.ClassErrors.Row;
import io.github.afterimage.experiments.ErrorCounts.Voice;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.model.evaluation.Prediction;
import org.junit.jupiter.api.Test;

class ClassErrorsTest {
    private static Prediction prediction(int label, int network, int together, int memory) {
        Prediction.TrueClass trueClass = new Prediction.TrueClass(0, 0, 0, 0);
        return new Prediction(0, label, network, network, together, memory, trueClass, new Prediction.Doubts(0, 0));
    }

    @Test
    void countsTheErrorsOfEachClassAndThePairsThatAreConfused() {
        ClassErrors errors = new ClassErrors();
        errors.add(prediction(999, 7, 999, 7));
        errors.add(prediction(999, 999, 7, 7));
        errors.add(prediction(999, 999, 7, 999));
        errors.add(prediction(7, 3, 3, 7));
        errors.add(prediction(0, 0, 0, 0));
        assertThat(errors.rows()).extracting(Row::label).containsExactly(0, 7, 999);
        assertThat(errors.rows())
                .extracting(row -> row.counts().errors(Voice.NETWORK))
                .containsExactly(0L, 1L, 1L);
        assertThat(errors.rows())
                .extracting(row -> row.counts().gain(Voice.TOGETHER))
                .endsWith(new Gain(1, 2, 3));
        assertThat(errors.worst()).extracting(Row::label).containsExactly(7, 999);
        assertThat(errors.confusions()).containsExactly(new Confusion(999, 7, 1, 2, 2), new Confusion(7, 3, 1, 1, 0));
    }

    @Test
    void twoNamesOfOneClassAreAlikeWhicheverNameIsAnsweredAndClassesThatAreOftenConfusedAreNot() {
        ClassErrors errors = new ClassErrors();
        for (int i = 0; i < 80; i++) {
            errors.add(prediction(i % 2, 0, i / 2 % 2, 0));
            errors.add(prediction(2 + i % 2, 0, i < 8 ? 2 : 3, 0));
            errors.add(prediction(4 + i % 2, 0, i < 20 ? 4 : 4 + i % 2, 0));
            errors.add(prediction(7, 0, 6, 0));
        }
        assertThat(errors.alike())
                .containsExactlyInAnyOrder(
                        new Alike(0, 1, 40, 20, 40, 20), new Alike(2, 3, 40, 36, 40, 4), new Alike(7, 6, 80, 80, 0, 0));
    }

    @Test
    void countsTheMemoryAloneWithoutANetwork() {
        ClassErrors errors = new ClassErrors();
        errors.add(prediction(1, Prediction.NONE, Prediction.NONE, 0));
        errors.add(prediction(1, Prediction.NONE, Prediction.NONE, 1));
        assertThat(errors.hasNetwork()).isFalse();
        assertThat(errors.worst())
                .extracting(row -> row.counts().error(Voice.MEMORY))
                .containsExactly(0.5);
        assertThat(errors.confusions()).containsExactly(new Confusion(1, 0, 0, 0, 1));
    }
}
