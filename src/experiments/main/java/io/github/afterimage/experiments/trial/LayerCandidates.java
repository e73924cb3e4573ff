package io.github.afterimage.experiments.trial;

import io.github.afterimage.model.network.Layer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Proposes the layers of a network that a quick search tries. */
final class LayerCandidates {
    /** Longer layers are costly, and seldom better. */
    private static final long MAX_VALUES = 20_000;

    private static final int MIN_VALUES = 16;
    private static final int MAX_LAYERS = 10;

    private static final Set<String> ACTIVATIONS = Set.of(
            "Relu",
            "Clip",
            "LeakyRelu",
            "PRelu",
            "Elu",
            "Selu",
            "Celu",
            "Sigmoid",
            "Tanh",
            "HardSwish",
            "Gelu",
            "Mish",
            "Softplus",
            "HardSigmoid");
    private static final Set<String> OTHERS = Set.of(
            "Add", "Concat", "Mul", "GlobalAveragePool", "AveragePool", "MaxPool", "ReduceMean", "LayerNormalization");

    private LayerCandidates() {}

    /**
     * Chooses at most {@value #MAX_LAYERS} layers of the later half: what activations, sums and pools give, spread evenly, with
     * the last one.
     *
     * @param layers in the network's order
     * @param classes the number of the network's classes; its scores repeat the answer and are left out
     * @return names; one at least, unless the network has no layer but its scores
     */
    static List<String> of(List<Layer> layers, int classes) {
        List<Layer> hidden = new ArrayList<>(layers);
        while (!hidden.isEmpty() && hidden.get(hidden.size() - 1).values() == classes) {
            hidden.remove(hidden.size() - 1);
        }
        List<Layer> usual = new ArrayList<>();
        for (int i = hidden.size() / 2; i < hidden.size(); i++) {
            Layer layer = hidden.get(i);
            boolean activated = i + 1 < hidden.size()
                    && ACTIVATIONS.contains(hidden.get(i + 1).operator());
            boolean result = ACTIVATIONS.contains(layer.operator()) || OTHERS.contains(layer.operator()) && !activated;
            if (result && layer.values() >= MIN_VALUES && layer.values() <= MAX_VALUES) {
                usual.add(layer);
            }
        }
        if (usual.isEmpty()) { // a small or an unusual network
            hidden.stream()
                    .skip(hidden.size() / 2)
                    .min(Comparator.comparingLong(Layer::values))
                    .ifPresent(usual::add);
        }
        int count = Math.min(MAX_LAYERS, usual.size());
        return IntStream.range(0, count)
                .map(i -> usual.size() - 1 - (int) ((long) i * usual.size() / count))
                .sorted()
                .mapToObj(i -> usual.get(i).name())
                .toList();
    }
}
