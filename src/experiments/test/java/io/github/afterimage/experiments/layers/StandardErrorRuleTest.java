package io.github.afterimage.experiments.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.experiments.layers.LayerSearch.Trial;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StandardErrorRuleTest {
    private static final int EXAMPLES = 100;

    private final Map<String, float[]> losses = new HashMap<>();
    private final List<Trial> tried = new ArrayList<>();

    /** A combination that has these examples wrong. */
    private Trial wrong(String layers, int from, int to) {
        float[] each = new float[EXAMPLES];
        IntStream.range(from, to).forEach(i -> each[i] = 1);
        losses.put(layers, each);
        Trial trial = new Trial(layers, (double) (to - from) / EXAMPLES, 0, 0, to - from, 0, 0, 0);
        tried.add(trial);
        return trial;
    }

    private StandardErrorRule rule(int originals) {
        return new StandardErrorRule(
                losses, IntStream.range(0, EXAMPLES).map(i -> i % originals).toArray());
    }

    @Test
    void takesFewerLayersWhereTheDifferenceMayBeLuck() {
        wrong("a,b,c", 0, 20);
        Trial simpler = wrong("a,b", 10, 32); // two more errors, 22 examples on which the two differ
        wrong("b,c", 10, 33);
        assertThat(rule(EXAMPLES).close(tried).get(0)).isEqualTo(simpler);
    }

    @Test
    void keepsTheBestWhereItIsBetterByMoreThanThat() {
        Trial best = wrong("a,b,c", 0, 20);
        wrong("a,b", 0, 24); // four more errors, on four examples
        assertThat(rule(EXAMPLES).close(tried).get(0)).isEqualTo(best);
    }

    @Test
    void takesWeightsOnlyWhereTheyAreOfUse() {
        wrong("a*0.5,b", 0, 20);
        Trial plain = wrong("a,b", 5, 26);
        assertThat(rule(EXAMPLES).close(tried).get(0)).isEqualTo(plain);
    }

    @Test
    void closeAreThoseWithinOneStandardErrorTheSimplestFirst() {
        Trial best = wrong("a,b", 0, 20);
        Trial close = wrong("c", 4, 26); // two errors more, on ten examples on which the two differ
        Trial closer = wrong("a", 4, 25);
        wrong("d", 0, 25); // five errors more, on five examples
        assertThat(rule(EXAMPLES).close(tried)).containsExactly(closer, close, best);
    }

    @Test
    void anImageAndItsMirrorImageAreNotTwo() {
        Trial none = wrong("a", 0, 0);
        float[] both = new float[EXAMPLES];
        IntStream.range(0, 5).forEach(i -> both[i] = both[i + EXAMPLES / 2] = 1);
        Trial some = wrong("b", 0, 10);
        losses.put("b", both);
        // Ten errors of one in a hundred: sqrt(0.1 * 0.9 / 100); five pairs of two: sqrt(2) times that.
        assertThat(rule(EXAMPLES).standardError(some, none)).isCloseTo(0.03, within(1e-9));
        assertThat(rule(EXAMPLES / 2).standardError(some, none)).isCloseTo(0.03 * Math.sqrt(2), within(1e-9));
    }
}
