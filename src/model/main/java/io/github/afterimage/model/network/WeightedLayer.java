package io.github.afterimage.model.network;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** A layer of a key and the factor of its activations. */
record WeightedLayer(Layer layer, float weight) {
    /** Finds the layers of a key by their names. */
    static List<WeightedLayer> of(KeyLayers key, Map<String, Layer> layers) {
        return IntStream.range(0, key.names().size())
                .mapToObj(i -> new WeightedLayer(
                        Objects.requireNonNull(layers.get(key.names().get(i))),
                        key.weights().get(i).floatValue()))
                .toList();
    }

    /** {@return the number of values of a key of these layers} */
    static int dim(List<WeightedLayer> layers) {
        return Math.toIntExact(
                layers.stream().mapToLong(each -> each.layer.values()).reduce(0, Math::addExact));
    }

    String name() {
        return layer.name();
    }

    int values() {
        return Math.toIntExact(layer.values());
    }
}
