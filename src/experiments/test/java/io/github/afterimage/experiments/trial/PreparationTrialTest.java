package io.github.afterimage.experiments.trial;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.trial.PreparationTrial.Tried;
import io.github.afterimage.experiments.trial.TrialResult.Input;
import io.github.afterimage.model.data.ReadableImages.Size;
import io.github.afterimage.model.network.NetworkSettings;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PreparationTrialTest {
    private static final int PICTURES = 160;

    /** A preparation whose wrong pictures are those from one to another. */
    private static Tried tried(String name, int from, int to) {
        BitSet wrong = new BitSet();
        wrong.set(from, to);
        return new Tried(name, name + " steps", wrong, new BitSet());
    }

    private static Input found(Tried... tried) {
        return new PreparationTrial(Path.of("net.onnx"), NetworkSettings.defaults(), null, Set.of(new Size(32, 32)))
                .found(List.of(tried), "(3, 32, 32)", PICTURES);
    }

    @Test
    void theMostUsualPreparationIsTakenOfThoseThatAreWorseByAtMostOneStandardError() {
        Input close = found(tried("usual", 0, 12), tried("other", 2, 14), tried("best", 4, 14));
        assertThat(close.chosen()).isEqualTo("usual steps"); // 4 against 2
        assertThat(close.reason())
                .isEqualTo(
                        "Preparation \"usual\" was taken, because it is more usual than \"best\", which is better by at"
                                + " most one standard error.");
        assertThat(close.tried()).extracting(TrialResult.Preparation::name).containsExactly("best", "usual", "other");
        Input clear = found(tried("usual", 0, 14), tried("best", 4, 14));
        assertThat(clear.chosen()).isEqualTo("best steps"); // 4 against 0
        assertThat(clear.reason()).isEqualTo("Preparation \"best\" was taken, because it has the fewest errors.");
        Input third = found(tried("worst", 0, 90), tried("usual", 0, 12), tried("best", 1, 12));
        assertThat(third.chosen()).isEqualTo("usual steps"); // 1 against 0
    }
}
