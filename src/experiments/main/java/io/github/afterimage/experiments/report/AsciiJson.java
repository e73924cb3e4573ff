package io.github.afterimage.experiments.report;

import static io.github.afterimage.experiments.report.Text.value;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes JSON in ASCII, which is valid in every encoding of a terminal. */
final class AsciiJson {
    private static final JSON WRITER = JSON.builder(JsonFactory.builder()
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .build())
            .enable(JSON.Feature.WRITE_NULL_PROPERTIES)
            .build();

    private AsciiJson() {}

    static String object(Map<String, Object> members) {
        try {
            return WRITER.asString(value(members));
        } catch (IOException e) { // cannot happen: the text is written to memory
            throw new UncheckedIOException(e);
        }
    }

    /** Adds a figure to an object; the name {@code best.theta} stands for the member theta of the member best. */
    @SuppressWarnings("unchecked") // only this method puts objects under such names
    static void add(Map<String, Object> members, String name, Object figure) {
        int dot = name.indexOf('.');
        if (dot < 0) {
            members.put(name, figure);
        } else {
            Object inner =
                    members.computeIfAbsent(name.substring(0, dot), absent -> new LinkedHashMap<String, Object>());
            add((Map<String, Object>) inner, name.substring(dot + 1), figure);
        }
    }

    /** The value with null for numbers that JSON does not have, such as NaN. */
    private static @Nullable Object value(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> members = new LinkedHashMap<>();
            map.forEach((name, member) -> members.put(name.toString(), value(member)));
            return members;
        }
        if (value instanceof Collection<?> list) {
            return list.stream().map(AsciiJson::value).collect(Collectors.toCollection(ArrayList::new));
        }
        if (value instanceof double[] numbers) {
            return value(Arrays.stream(numbers).boxed().toList());
        }
        return value instanceof Double number && !Double.isFinite(number) ? null : value;
    }
}
