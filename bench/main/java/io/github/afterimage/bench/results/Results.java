package io.github.afterimage.bench.results;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The results of a run and the machine that gave them, in a JSON file: {@code machine} (text by name) and {@code results},
 * each with {@code benchmark}, {@code parameters} and {@code figures} (median, least, greatest, n).
 */
public record Results(Map<String, String> machine, List<Result> all) {
    /** @throws IOException if there is no such file, or it is something else */
    public static Results read(Path file) throws IOException {
        Map<String, Object> json = JSON.std.mapFrom(Files.readString(file));
        if (!(json.get("machine") instanceof Map<?, ?> machine) || !(json.get("results") instanceof List<?> list)) {
            throw new IOException(file + " has no \"machine\" and \"results\": it is not a file of results");
        }
        List<Result> all = new ArrayList<>();
        for (Object item : list) {
            Map<?, ?> result = (Map<?, ?>) item;
            Map<String, Figure> figures = new LinkedHashMap<>();
            ((Map<?, ?>) result.get("figures"))
                    .forEach((name, figure) -> figures.put((String) name, Figure.of((Map<?, ?>) figure)));
            all.add(new Result((String) result.get("benchmark"), texts(result.get("parameters")), figures));
        }
        return new Results(texts(machine), all);
    }

    private static Map<String, String> texts(Object json) {
        Map<String, String> texts = new LinkedHashMap<>();
        ((Map<?, ?>) json).forEach((name, value) -> texts.put((String) name, String.valueOf(value)));
        return texts;
    }

    /** Writes the file; what was there is replaced. */
    public void write(Path file) throws IOException {
        List<Map<String, Object>> list = new ArrayList<>();
        for (Result result : all) {
            Map<String, Object> figures = new LinkedHashMap<>();
            result.figures().forEach((name, figure) -> figures.put(name, figure.json()));
            list.add(members("benchmark", result.benchmark(), "parameters", result.parameters(), "figures", figures));
        }
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(
                file,
                JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(members("machine", machine, "results", list))
                        + "\n");
    }

    private static Map<String, Object> members(Object... namesAndValues) {
        Map<String, Object> members = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            members.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return members;
    }

    /** The results of a benchmark, by its class's simple name. */
    Stream<Result> of(String benchmark) {
        return all.stream().filter(result -> result.benchmark().equals(benchmark));
    }

    /** The results of a benchmark that share all parameters but one, which is a number and ascends. */
    Map<Map<String, String>, List<Result>> over(String benchmark, String parameter) {
        Map<Map<String, String>, List<Result>> groups = new LinkedHashMap<>();
        of(benchmark)
                .sorted(Comparator.comparingDouble(result -> Double.parseDouble(result.parameter(parameter))))
                .forEach(result -> {
                    Map<String, String> others = new TreeMap<>(result.parameters());
                    others.remove(parameter);
                    groups.computeIfAbsent(others, key -> new ArrayList<>()).add(result);
                });
        return groups;
    }

    /** With what another run on the same machine found. */
    public Results with(Results more) {
        Map<String, String> both = new LinkedHashMap<>(machine);
        more.machine.forEach(both::putIfAbsent);
        return new Results(both, Stream.concat(all.stream(), more.all.stream()).toList());
    }
}
