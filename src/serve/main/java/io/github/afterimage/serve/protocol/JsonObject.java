package io.github.afterimage.serve.protocol;

import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/** A JSON object whose fields have an order. */
public final class JsonObject extends LinkedHashMap<String, Object> {
    private static final long serialVersionUID = 1;

    /** Adds a field; returns this object. */
    public JsonObject with(String name, @Nullable Object value) {
        put(name, value);
        return this;
    }
}
