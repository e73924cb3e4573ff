package io.github.afterimage.experiments.lessons;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OutcomeTest {
    @Test
    void countsWhatALessonDoesToItsFormsAndToOthers() {
        Outcome outcome = new Outcome("a way", new int[] {0, 1, 2, 0}, new int[] {0, 1, 1, 1});
        outcome.add(5, new int[] {5, 4, 5}, new int[] {0, 2, 1, 2}, 0.5);
        outcome.add(3, new int[] {3, 3, 3}, new int[] {0, 1, 2, 0}, 1.5); // changes nothing
        assertThat(outcome.share(0, 1)).isEqualTo(1);
        assertThat(outcome.share(1, 3)).isEqualTo(0.75);
        assertThat(outcome.changed())
                .as("of the first lesson 3, of the second none")
                .isEqualTo(1.5);
        assertThat(outcome.broken()).isEqualTo(0.5);
        assertThat(outcome.corrected()).isEqualTo(0.5);
        assertThat(outcome.error()).isEqualTo(0.5);
        assertThat(outcome.logLoss()).isEqualTo(1);
    }
}
