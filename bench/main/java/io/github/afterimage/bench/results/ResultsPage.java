package io.github.afterimage.bench.results;

import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** All results as one page with charts; a section is left out where its benchmark did not run. */
public final class ResultsPage {
    private static final Map<String, Integer> BYTES = Map.of("FLOAT32", 4, "BFLOAT16", 2, "INT8", 1);
    private static final int[] BATCHES = {1, 2, 4, 8, 16, 32, 64, 128, 256};

    private final Results results;
    private final Page page;

    /** @param results of one machine */
    public ResultsPage(Results results) {
        this.results = results;
        Map<String, String> machine = results.machine();
        page = new Page(
                "How fast is it?",
                text(
                        "Measured on %s with %s threads and the instructions %s. Each figure is the median over the"
                                + " iterations of all forks; contenders of a ratio ran in turns.",
                        machine.get("processor"), machine.get("threads"), machine.get("instructions")));
    }

    /** The page as the content of a file. */
    public String html() {
        roofline();
        new PeerTables(results).addTo(page);
        callers();
        keys();
        dim();
        engines();
        files();
        page.heading("The machine");
        page.table(
                List.of("", ""),
                results.machine().entrySet().stream()
                        .map(entry -> List.of(entry.getKey(), entry.getValue()))
                        .toList());
        return page.html();
    }

    private static String text(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }

    private void roofline() {
        List<Result> types = results.of("RooflineBenchmark").toList();
        if (types.isEmpty()) {
            return;
        }
        double flops = types.get(0).median("peakGigaflops");
        double bandwidth = types.get(0).median("peakGigabytesPerSecond");
        double most = 2.0 * BATCHES[BATCHES.length - 1] / BYTES.get("INT8");
        double least = 2.0 / BYTES.get("FLOAT32");
        double[] ends = {least, flops / bandwidth, most};
        LineChart roof = new LineChart("operations for each byte of keys, 2 x batch / bytes of a value", "GFLOP/s")
                .logarithmic();
        LineChart rate = new LineChart("batch", "queries/s").logarithmic();
        for (Result type : types) {
            int bytes = BYTES.get(type.parameter("type"));
            double[] intensity = new double[BATCHES.length];
            double[] achieved = new double[BATCHES.length];
            double[] batch = new double[BATCHES.length];
            double[] queries = new double[BATCHES.length];
            for (int i = 0; i < BATCHES.length; i++) {
                batch[i] = BATCHES[i];
                intensity[i] = 2.0 * BATCHES[i] / bytes;
                achieved[i] = type.median("batch" + BATCHES[i] + "Gigaflops");
                queries[i] = achieved[i] * 1e9 / (2.0 * number(type, "keys") * number(type, "dim"));
            }
            String name = type.parameter("type").toLowerCase(Locale.ROOT);
            roof.line(name, intensity, achieved);
            rate.line(name, batch, queries);
        }
        roof.guide("what the machine can do", ends, new double[] {least * bandwidth, flops, flops});
        Result first = types.get(0);
        page.heading("How close to the machine's limits")
                .paragraph(text(
                        "%s keys of %s values, one call of 1 to 256 queries. The machine reads %.1f GB/s"
                                + " (OpenBLAS's sgemv) and does %.0f GFLOP/s (float32 multiply-adds in registers and first cache);"
                                + " OpenBLAS's sgemm alone reaches %.0f. Types shorter than float32 may lie above the flat"
                                + " part where the processor multiplies them faster.",
                        grouped(first, "keys"),
                        grouped(first, "dim"),
                        bandwidth,
                        flops,
                        first.median("sgemmGigaflops")))
                .chart(roof)
                .heading("Queries per second over batch")
                .chart(rate);
    }

    private void callers() {
        Map<Map<String, String>, List<Result>> groups = results.over("CallersBenchmark", "callers");
        if (groups.isEmpty()) {
            return;
        }
        LineChart throughput = new LineChart("concurrent callers", "queries/s");
        throughput.guide("", new double[] {1, 1}, new double[] {0, 0}); // so that the axis begins at zero
        List<List<String>> rows = new ArrayList<>();
        List<Result> last = List.of();
        for (List<Result> group : groups.values()) {
            String threads = group.get(0).parameter("threads");
            throughput.line(
                    threads + (threads.equals("1") ? " thread" : " threads"),
                    column(group, "callers"),
                    medians(group, "queriesPerSecond"));
            last = group;
            for (Result result : group) {
                rows.add(List.of(
                        threads,
                        result.parameter("callers"),
                        text("%.0f", result.median("queriesPerSecond")),
                        text("%.2f", result.median("throughputOfOneCaller")),
                        text("%.2f", result.median("processorsUsed")),
                        text("%.0f", result.figures().get("threadsInKernel").greatest())));
            }
        }
        LineChart latency = new LineChart("concurrent callers", "milliseconds").logarithmic();
        for (String percentile : List.of("p50", "p90", "p99", "p999")) {
            latency.line(
                    percentile.equals("p999") ? "99.9 %" : percentile.substring(1) + " %",
                    column(last, "callers"),
                    medians(last, percentile + "Milliseconds"));
        }
        page.heading("Many callers")
                .paragraph(
                        "Single queries from 1 to 16 threads of a service. Together they get what one gets, and no more"
                                + " threads run than the index was given: counted are processors in use and, at any moment, threads in"
                                + " the kernel.")
                .chart(throughput)
                .table(
                        List.of("threads", "callers", "queries/s", "of one caller's", "processors", "most in kernel"),
                        rows)
                .heading(text("How long they wait, with %s threads", last.get(0).parameter("threads")))
                .chart(latency);
    }

    private void keys() {
        for (List<Result> group : results.over("KeysBenchmark", "keys").values()) {
            LineChart chart = new LineChart("keys", "microseconds for one call").logarithmic();
            chart.line("1 query", column(group, "keys"), medians(group, "batch1Microseconds"));
            chart.line("16 queries", column(group, "keys"), medians(group, "batch16Microseconds"));
            chart.line("plain read", column(group, "keys"), medians(group, "readMicroseconds"));
            page.heading(text("Cost over keys, d = %s", group.get(0).parameter("dim")));
            if (group.size() > 1) {
                page.paragraph(text(
                        "From %s to %s keys the time of one query grows as keys to the power of %.2f, that of sixteen %.2f.",
                        grouped(group.get(group.size() - 2), "keys"),
                        grouped(group.get(group.size() - 1), "keys"),
                        slope(group, "batch1Microseconds"),
                        slope(group, "batch16Microseconds")));
            }
            page.chart(chart);
        }
    }

    private static double slope(List<Result> group, String figure) {
        Result a = group.get(group.size() - 2);
        Result b = group.get(group.size() - 1);
        return Math.log(b.median(figure) / a.median(figure)) / Math.log(number(b, "keys") / number(a, "keys"));
    }

    private void dim() {
        for (List<Result> group : results.over("DimBenchmark", "dim").values()) {
            LineChart chart = new LineChart("d, values of a key", "microseconds for one call").logarithmic();
            chart.line("64 queries", column(group, "dim"), medians(group, "batch64Microseconds"));
            chart.line("sgemm alone", column(group, "dim"), medians(group, "sgemmMicroseconds"));
            chart.line("1 query", column(group, "dim"), medians(group, "batch1Microseconds"));
            chart.line("plain read", column(group, "dim"), medians(group, "readMicroseconds"));
            page.heading(text("Cost over d, %s keys", grouped(group.get(0), "keys")))
                    .chart(chart);
        }
    }

    private void engines() {
        List<Result> batches = results.of("EnginesBenchmark").toList();
        if (batches.isEmpty()) {
            return;
        }
        page.heading("Engines side by side");
        for (Result result : batches) {
            double unit = result.median("blasMilliseconds");
            BarChart chart = new BarChart();
            bar(chart, "auto", result.median("autoOverBlas") * unit, result.median("autoError"));
            bar(chart, "fused", result.median("fusedOverBlas") * unit, result.median("fusedError"));
            bar(chart, "blas", unit, result.median("blasError"));
            bar(chart, "reference", result.median("referenceOverBlas") * unit, 0);
            page.paragraph(text("%s, batch %s", result.parameter("shape"), result.parameter("batch")))
                    .chart(chart);
        }
    }

    private static void bar(BarChart chart, String name, double milliseconds, double error) {
        chart.bar(name, milliseconds, text("%.3g ms", milliseconds), text("|\u0394p| %.0e", error));
    }

    private void files() {
        List<Result> types = results.of("FilesBenchmark").toList();
        if (types.isEmpty()) {
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        for (Result type : types) {
            List<String> row = new ArrayList<>(List.of(type.parameter("type").toLowerCase(Locale.ROOT)));
            for (String what : List.of("copy", "add", "write", "save", "read", "open", "openUnverified")) {
                row.add(text("%.3g", type.median(what + "Milliseconds")));
            }
            rows.add(row);
        }
        Result first = types.get(0);
        page.heading("To add, to save, to open")
                .paragraph(text(
                        "Milliseconds for %s keys of %s values. Beside them a copy of the floats, a plain write with force"
                                + " and a plain read of the file from the system's cache. Opening verifies every byte unless told"
                                + " not to.",
                        grouped(first, "keys"), grouped(first, "dim")))
                .table(List.of("", "copy", "add", "write", "save", "read", "open", "open, unverified"), rows);
    }

    private static double number(Result result, String parameter) {
        return Double.parseDouble(result.parameter(parameter));
    }

    private static String grouped(Result result, String parameter) {
        return text("%,.0f", number(result, parameter));
    }

    private static double[] column(List<Result> group, String parameter) {
        return values(group, result -> number(result, parameter));
    }

    private static double[] medians(List<Result> group, String figure) {
        return values(group, result -> result.median(figure));
    }

    private static double[] values(List<Result> group, ToDoubleFunction<Result> value) {
        return group.stream().mapToDouble(value).toArray();
    }
}
