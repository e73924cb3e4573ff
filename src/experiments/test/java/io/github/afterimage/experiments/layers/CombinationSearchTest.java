package io.github.afterimage.experiments.layers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.model.network.KeyLayers;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class CombinationSearchTest {
    private static final List<String> LAYERS = List.of("a", "b", "c", "d", "e", "f");

    private final Map<String, Integer> asked = new HashMap<>();

    private CombinationSearch search(int most, ToDoubleFunction<KeyLayers> value) {
        return new CombinationSearch(LAYERS, most, layers -> {
            asked.merge(layers.toString(), 1, Integer::sum);
            double found = value.applyAsDouble(layers);
            return new LayerSearch.Trial(layers.toString(), found, 0, 0, 0, 0, 0, 0);
        });
    }

    @Test
    void findsAPairOfWhichNeitherIsGoodAlone() {
        CombinationSearch found = search(3, layers -> {
            List<String> names = layers.names();
            return names.equals(List.of("d", "f")) ? 0 : names.equals(List.of("a")) ? 1 : 2 + names.size();
        });
        assertThat(found.unweighted().layers()).isEqualTo("d,f");
        assertThat(found.rounds()).extracting(LayerSearch.Trial::layers).startsWith("a", "d,f");
    }

    @Test
    void findsAFourthLayerThatTheBestOfThreeWouldNotTake() {
        // The best three are a, b, c, but nothing goes with them; the second best three lead to the best four.
        Map<String, Double> values = Map.of("a,b,c", 1.0, "a,b,d", 1.1, "a,b,d,e", 0.5, "a,b", 2.0);
        CombinationSearch found = search(
                4,
                layers -> values.getOrDefault(
                        layers.toString(), 3.0 + layers.names().size()));
        assertThat(found.best().layers()).isEqualTo("a,b,d,e");
    }

    @Test
    void exchangesALayerOfTheLargestForAnother() {
        // Only c with e and f is best, and none of its pairs is among those that are added to.
        Map<String, Double> values = Map.of("a,b", 1.0, "a,c", 1.1, "b,c", 1.2, "a,c,e", 0.9, "c,e,f", 0.1);
        CombinationSearch found = search(
                3,
                layers -> values.getOrDefault(
                        layers.toString(), 3.0 + layers.names().size()));
        assertThat(found.best().layers()).isEqualTo("c,e,f");
    }

    @Test
    void weighsALayerThatIsOfMoreUseBelowItsOwnLength() {
        CombinationSearch found = search(2, layers -> {
            int b = layers.names().indexOf("b");
            return layers.names().equals(List.of("a", "b"))
                    ? Math.abs(layers.weights().get(b) - 0.6)
                    : 5;
        });
        assertThat(found.unweighted().layers()).isEqualTo("a,b");
        assertThat(found.best().layers()).isIn("a,b*0.5", "a,b*0.7");
        assertThat(found.rounds()).last().isEqualTo(found.best());
    }

    @Test
    void triesNothingTwiceAndNoMoreLayersThanAllowed() {
        CombinationSearch found = search(3, layers -> -layers.names().size());
        assertThat(asked.values()).containsOnly(1);
        assertThat(asked).hasSameSizeAs(found.tried());
        assertThat(found.tried())
                .allSatisfy(trial ->
                        assertThat(KeyLayers.parse(trial.layers()).names()).hasSizeLessThanOrEqualTo(3));
        assertThat(found.singles()).extracting(LayerSearch.Trial::layers).isEqualTo(LAYERS);
    }
}
