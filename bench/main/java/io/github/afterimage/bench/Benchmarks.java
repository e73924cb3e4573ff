package io.github.afterimage.bench;

import io.github.afterimage.bench.results.Comparison;
import io.github.afterimage.bench.results.Figure;
import io.github.afterimage.bench.results.Result;
import io.github.afterimage.bench.results.Results;
import io.github.afterimage.bench.results.ResultsPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/**
 * Runs the benchmarks: a suite, whose results are kept, or JMH's own command line. Either prints the counters of each benchmark;
 * JMH itself adds up what a benchmark reports beside its time.
 */
public final class Benchmarks {
    private static final Path FOLDER = Path.of("target", "benchmarks");
    private static final Path PEERS_SCRIPT = Path.of("tools", "peers.sh");
    private static final String USAGE = """
            selection                   the ten minutes that a change may spoil, into target/benchmarks/selection.json
            all                         everything, an hour, with tools/peers.sh; then page
            check                       that everything runs, on sizes that say nothing
            page RESULTS... PAGE.html   draws results
            baseline RESULTS FILE       keeps the ratios of a run to compare with
            compare BASELINE RESULTS    fails if a ratio got worse by more than 10 %
            data FOLDER [SHAPE...]      writes the keys as .npy files
            anything else               is for JMH: -h says what""";

    private Benchmarks() {}

    /** @param args one of the above, or options of JMH, such as {@code KernelBenchmark -p shape=CIFAR -f 1} */
    public static void main(String[] args) throws Exception {
        String command = args.length == 0 ? "" : args[0];
        List<String> rest = Arrays.asList(args).subList(Math.min(1, args.length), args.length);
        try {
            switch (command) {
                case "", "help" -> System.out.println(USAGE);
                case "selection", "check" -> suite(Suite.valueOf(command.toUpperCase(Locale.ROOT)));
                case "all" -> everything();
                case "page" -> page(rest.subList(0, rest.size() - 1), Path.of(rest.get(rest.size() - 1)));
                case "baseline" ->
                    Comparison.baseline(Results.read(Path.of(rest.get(0)))).write(Path.of(rest.get(1)));
                case "compare" -> compare(Path.of(rest.get(0)), Path.of(rest.get(1)));
                case "data" -> DataFiles.write(Path.of(rest.get(0)), rest.subList(1, rest.size()));
                default -> jmh(args);
            }
        } catch (IndexOutOfBoundsException e) {
            System.err.println(command + ": something is missing behind it; this is what there is:\n" + USAGE);
            System.exit(2);
        } catch (NoSuchFileException e) {
            System.err.println(e.getFile() + ": there is no such file");
            System.exit(1);
        } catch (IOException | IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    private static void jmh(String[] args) throws Exception {
        CommandLineOptions options = new CommandLineOptions(args);
        if (options.shouldHelp()) {
            options.showHelp();
            return;
        }
        if (options.shouldList()) {
            new Runner(options).list();
            return;
        }
        System.out.println("# " + Machine.describe());
        results(new Runner(options).run()).forEach(Benchmarks::print);
    }

    private static Path suite(Suite suite) throws RunnerException, IOException {
        Path file = FOLDER.resolve(suite.name().toLowerCase(Locale.ROOT) + ".json");
        Map<String, String> machine = Machine.describe();
        System.out.println("# " + machine);
        List<Result> all = new ArrayList<>();
        for (Suite.Part part : suite.parts) {
            List<Result> found = results(new Runner(suite.options(part)).run());
            found.forEach(Benchmarks::print);
            all.addAll(found);
            new Results(machine, all).write(file); // after each, so that an hour is not lost
        }
        System.out.println("\n" + file);
        return file;
    }

    private static void everything() throws Exception {
        List<String> files = new ArrayList<>();
        if (Files.exists(PEERS_SCRIPT)) {
            Path peers = FOLDER.resolve("peers.json");
            Files.deleteIfExists(peers);
            Process process = new ProcessBuilder("bash", PEERS_SCRIPT.toString(), FOLDER.toString())
                    .inheritIO()
                    .start();
            if (process.waitFor() != 0) {
                throw new IOException(PEERS_SCRIPT + " failed");
            }
            if (Files.exists(peers)) {
                files.add(peers.toString());
            }
        }
        files.add(0, suite(Suite.ALL).toString());
        page(files, FOLDER.resolve("page.html"));
    }

    private static void page(List<String> files, Path page) throws IOException {
        Results results = Results.read(Path.of(files.get(0)));
        for (String more : files.subList(1, files.size())) {
            results = results.with(Results.read(Path.of(more)));
        }
        Files.writeString(page, new ResultsPage(results).html());
        System.out.println(page);
    }

    private static void compare(Path baseline, Path result) throws IOException {
        Comparison comparison = new Comparison(Results.read(baseline), Results.read(result));
        comparison.lines().forEach(System.out::println);
        System.out.printf(
                Locale.ROOT,
                "%d of %d ratios are worse by more than %.0f %%%n",
                comparison.worse(),
                comparison.lines().size(),
                100 * Comparison.TOLERANCE);
        if (comparison.worse() > 0) {
            System.exit(1);
        }
    }

    private static List<Result> results(Collection<RunResult> runs) {
        List<Result> results = new ArrayList<>();
        for (RunResult run : runs) {
            Map<String, String> parameters = new LinkedHashMap<>();
            for (String key : run.getParams().getParamsKeys()) {
                parameters.put(key, run.getParams().getParam(key));
            }
            Map<String, Figure> figures = new LinkedHashMap<>();
            for (String counter : run.getSecondaryResults().keySet()) {
                double[] values = run.getBenchmarkResults().stream()
                        .flatMap(fork -> fork.getIterationResults().stream())
                        .mapToDouble(iteration ->
                                iteration.getSecondaryResults().get(counter).getScore())
                        .filter(Double::isFinite)
                        .toArray();
                if (values.length > 0) {
                    figures.put(counter, Figure.of(values));
                }
            }
            String[] names = run.getParams().getBenchmark().split("\\.");
            results.add(new Result(names[names.length - 2], parameters, figures));
        }
        return results;
    }

    private static void print(Result result) {
        System.out.printf("%n%s %s%n", result.benchmark(), result.parameters());
        result.figures().forEach((name, figure) -> System.out.println(line(name, figure)));
    }

    private static String line(String name, Figure figure) {
        return String.format(
                Locale.ROOT,
                "  %-24s %.4g  (%.4g to %.4g, n = %d)",
                name,
                figure.median(),
                figure.least(),
                figure.greatest(),
                figure.n());
    }
}
