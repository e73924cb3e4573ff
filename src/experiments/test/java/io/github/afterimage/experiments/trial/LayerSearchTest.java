package io.github.afterimage.experiments.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.experiments.trial.LayerSearch.Combination;
import io.github.afterimage.model.network.KeyLayers;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class LayerSearchTest {
    private static final int QUERIES = 100;

    private final Map<KeyLayers, Integer> asked = new HashMap<>();

    private static BitSet range(int from, int to) {
        BitSet set = new BitSet();
        set.set(from, to);
        return set;
    }

    /** Searches six layers for the least value. */
    private LayerSearch least(ToDoubleFunction<KeyLayers> value) {
        return new LayerSearch(List.of("a", "b", "c", "d", "e", "f"), QUERIES, layers -> {
            asked.merge(layers, 1, Integer::sum);
            return new Combination(layers, 1, new BitSet(), value.applyAsDouble(layers), 0);
        });
    }

    @Test
    void findsAPairOfWhichNeitherIsGoodAlone() {
        LayerSearch found = least(layers -> {
            List<String> names = layers.names();
            return names.equals(List.of("d", "f")) ? 0 : names.equals(List.of("a")) ? 1 : 2 + names.size();
        });
        assertThat(found.findings(0).best().layer()).isEqualTo("d,f");
    }

    @Test
    void weighsALayerThatIsOfMoreUseBelowItsOwnLength() {
        LayerSearch found = least(layers -> {
            int b = layers.names().indexOf("b");
            return layers.names().equals(List.of("a", "b"))
                    ? Math.abs(layers.weights().get(b) - 0.6)
                    : 5;
        });
        assertThat(found.findings(0).best().layer()).isIn("a,b*0.5", "a,b*0.7");
    }

    @Test
    void triesNothingTwiceAndNoMoreThanTwoLayers() {
        LayerSearch.Findings found = least(layers -> -layers.names().size()).findings(0);
        assertThat(asked.values()).containsOnly(1);
        assertThat(asked.keySet())
                .hasSize(found.trials())
                .allMatch(layers -> layers.names().size() <= 2);
        assertThat(found.singles()).extracting(single -> single.layer()).containsExactly("a", "b", "c", "d", "e", "f");
    }

    /** Searches a long and a short layer with these queries wrong; their pair has all wrong. */
    private static LayerSearch search(BitSet wrongLong, BitSet wrongShort) {
        Function<KeyLayers, Combination> trial = layers -> layers.names().size() > 1
                ? new Combination(layers, 7280, range(0, QUERIES), 0, 0)
                : layers.names().contains("early")
                        ? new Combination(layers, 7168, wrongLong, 0, 0)
                        : new Combination(layers, 112, wrongShort, 0, 0);
        return new LayerSearch(List.of("early", "pool"), QUERIES, trial);
    }

    @Test
    void takesTheShorterWhereTheDifferenceMayBeLuck() {
        LayerSearch found = search(range(0, 20), range(10, 32)); // two more errors, 22 examples on which the two differ
        assertThat(found.findings(0).best().layer()).isEqualTo("early");
        assertThat(found.findings(0).shortest().layer()).isEqualTo("pool");
        assertThat(found.findings(0).shortest().togetherError()).isEqualTo(0.22);
    }

    @Test
    void keepsTheBestWhereItIsBetterByMoreThanThat() {
        LayerSearch found = search(range(0, 20), range(0, 24)); // four more errors, on four examples
        assertThat(found.findings(0).shortest().layer()).isEqualTo("early");
    }

    @Test
    void theStandardErrorIsThatOfAMeanDifference() {
        LayerSearch found = search(range(0, 0), range(0, 10));
        // Ten errors of one in a hundred: sqrt(0.1 * 0.9 / 100).
        assertThat(found.standardError(new Combination(KeyLayers.parse("pool"), 112, range(0, 10), 0, 0)))
                .isCloseTo(0.03, within(1e-9));
    }
}
