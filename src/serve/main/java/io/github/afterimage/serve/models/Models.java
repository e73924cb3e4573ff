package io.github.afterimage.serve.models;

import io.github.afterimage.serve.protocol.RequestException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The models of a server, by name. Thread-safe. */
public final class Models implements AutoCloseable {
    private final Map<String, ServedModel> byName;

    /**
     * Takes over models.
     *
     * @throws IllegalArgumentException if two have the same name, or there is none
     */
    public Models(Collection<? extends ServedModel> models) {
        Map<String, ServedModel> named = new TreeMap<>();
        for (ServedModel model : models) {
            if (named.putIfAbsent(model.name(), model) != null) {
                throw new IllegalArgumentException(
                        "two models are called " + model.name() + ": expected different names");
            }
        }
        if (named.isEmpty()) {
            throw new IllegalArgumentException("no models: expected at least one");
        }
        byName = Map.copyOf(named);
    }

    /** Returns the models, in order of name. */
    public List<ServedModel> all() {
        return new TreeMap<>(byName).values().stream().toList();
    }

    /** @throws RequestException if there is no such model */
    public ServedModel named(String name) {
        ServedModel model = byName.get(name);
        if (model == null) {
            throw new RequestException(
                    RequestException.NOT_FOUND,
                    "model " + name + ": expected one of " + new TreeMap<>(byName).keySet());
        }
        return model;
    }

    @Override
    public void close() {
        byName.values().forEach(ServedModel::close);
    }
}
