package io.github.afterimage.bench.results;

import io.github.afterimage.experiments.report.Page;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The same work by others: for each size a table of contenders, each with its time in ours and its error. */
final class PeerTables {
    /** The counter that others are multiples of, and the benchmark's name, for those that ran in turns with it. */
    private static final Map<String, String> BASELINES = Map.of("PeersBenchmark", "Sgemm", "PythonPeers", "Auto");

    private static final Map<String, String> SHAPES = Map.of(
            "CIFAR_SHORT", "CIFAR-10, a pooled layer as key: 90,000 keys, d = 192, 10 classes.",
            "CIFAR", "CIFAR-10, the paper's three layers: 90,000 keys, d = 12,288, 10 classes.",
            "IMAGENET", "ImageNet as in the paper: 275,000 keys, d = 2,048, 1,000 classes.",
            "IMAGENET_REDUCED", "All of ImageNet, keys reduced: 1,281,167 keys, d = 512, 1,000 classes.");

    private static final Map<String, String> NAMES = names();

    private final Results results;

    PeerTables(Results results) {
        this.results = results;
    }

    private static Map<String, String> names() {
        Map<String, String> names = new LinkedHashMap<>();
        names.put("auto", "ours, float32 (auto)");
        names.put("bfloat16", "ours, bf16");
        names.put("int8", "ours, int8");
        names.put("blas", "ours, engine blas");
        names.put("sgemm", "OpenBLAS sgemm alone");
        names.put("lucene", "Lucene's dot product, exp");
        names.put("jvector", "JVector's dot product, exp");
        names.put("numpyProduct", "NumPy's product alone");
        names.put("numpy", "NumPy, best form");
        names.put("torch", "PyTorch, softmax @ one-hot");
        names.put("attention", "PyTorch, attention");
        names.put("torchBfloat16", "PyTorch, bf16");
        names.put("faissFlat", "Faiss flat, 75 votes");
        names.put("faissIvf", "Faiss IVF, 75 votes");
        return names;
    }

    void addTo(Page page) {
        Set<String> shapes = new LinkedHashSet<>();
        results.all().stream()
                .filter(result -> BASELINES.containsKey(result.benchmark()))
                .forEach(result -> shapes.add(result.parameter("shape")));
        if (shapes.isEmpty()) {
            return;
        }
        page.heading("The same work by others")
                .paragraph(
                        "Time as a multiple of ours in float32, which ran in turns with each, and the largest |\u0394p|"
                                + " against double precision. Votes of 75 nearest keys are another model; their error says how far its"
                                + " answer is from the paper's.");
        shapes.forEach(shape -> addTo(page, shape));
    }

    private void addTo(Page page, String shape) {
        List<String> batches = results.all().stream()
                .filter(result -> result.parameter("shape").equals(shape) && BASELINES.containsKey(result.benchmark()))
                .map(result -> result.parameter("batch"))
                .distinct()
                .toList();
        List<String> header = new ArrayList<>(List.of(""));
        batches.forEach(batch -> header.add("batch " + batch));
        List<List<String>> rows = new ArrayList<>();
        NAMES.forEach((name, title) -> {
            List<String> row = new ArrayList<>(List.of(title));
            batches.forEach(batch -> row.add(cell(name, shape, batch)));
            if (row.stream().skip(1).anyMatch(cell -> !cell.isEmpty())) {
                rows.add(row);
            }
        });
        page.note(SHAPES.getOrDefault(shape, "Sizes that say nothing.")).table(header, rows);
    }

    private String cell(String name, String shape, String batch) {
        for (Result result : results.all()) {
            String baseline = BASELINES.get(result.benchmark());
            if (baseline == null
                    || !result.parameter("shape").equals(shape)
                    || !result.parameter("batch").equals(batch)) {
                continue;
            }
            double ours = baseline.equals("Auto") ? 1 : result.median("autoOver" + baseline);
            double ratio = name.equalsIgnoreCase(baseline) ? 1 : result.median(name + "Over" + baseline);
            if (Double.isNaN(ratio)) {
                continue;
            }
            double error = result.median(name + "Error");
            String multiple = name.equals("auto") ? milliseconds(result, ours, baseline) : text("%.2f x", ratio / ours);
            return multiple + (Double.isNaN(error) ? "" : text(", %.0e", error));
        }
        return "";
    }

    private static String milliseconds(Result result, double ours, String baseline) {
        double unit = result.median(baseline.toLowerCase(Locale.ROOT) + "Milliseconds");
        double time = unit * ours;
        return time < 100 ? text("%.1f ms", time) : time < 1000 ? text("%.0f ms", time) : text("%.2f s", time / 1e3);
    }

    private static String text(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
