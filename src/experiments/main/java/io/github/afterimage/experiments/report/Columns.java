package io.github.afterimage.experiments.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The columns of a table. Each has a name and says how it shows a row: text, JSON and page follow from it.
 *
 * @param <R> what a row is about
 */
public final class Columns<R> {
    private final StringBuilder alignment = new StringBuilder();
    private final List<String> names = new ArrayList<>();
    private final List<Function<R, ?>> cells = new ArrayList<>();
    private final Map<String, Function<R, ? extends @Nullable Object>> fields = new LinkedHashMap<>();

    /** Adds a column of texts. */
    public Columns<R> left(String name, Function<R, ?> cell) {
        return add('l', name, cell);
    }

    /** Adds a column of numbers. */
    public Columns<R> right(String name, Function<R, ?> cell) {
        return add('r', name, cell);
    }

    /** Adds a column of texts, which JSON has under a name. */
    public Columns<R> text(String name, String field, Function<R, ?> value) {
        return left(name, row -> Text.value(field, value.apply(row)));
    }

    /** Adds a column of counts, such as 12,288. */
    public Columns<R> count(String name, String field, ToLongFunction<R> value) {
        return right(name, row -> Text.count(field, value.applyAsLong(row)));
    }

    /** Adds a column of shares of 1, such as 8.31 %. */
    public Columns<R> percent(String name, String field, ToDoubleFunction<R> value) {
        return right(name, row -> Text.percent(field, value.applyAsDouble(row)));
    }

    /** Adds a column of numbers with so many decimals. */
    public Columns<R> fixed(String name, String field, int decimals, ToDoubleFunction<R> value) {
        return right(name, row -> Text.fixed(field, value.applyAsDouble(row), decimals));
    }

    private Columns<R> add(char side, String name, Function<R, ?> cell) {
        alignment.append(side);
        names.add(name);
        cells.add(cell);
        return this;
    }

    /** Adds a figure that only JSON has; null is left out. */
    public Columns<R> field(String name, Function<R, ? extends @Nullable Object> value) {
        fields.put(name, value);
        return this;
    }

    /** Makes a table with a row for each of these. */
    public Table table(Iterable<? extends R> rows) {
        Table table = new Table(alignment.toString());
        if (names.stream().anyMatch(name -> !name.isEmpty())) {
            table.row(names.toArray());
        }
        for (R row : rows) {
            table.row(cells.stream().map(cell -> cell.apply(row)).toArray());
            fields.forEach((name, value) -> table.field(name, value.apply(row)));
        }
        return table;
    }
}
