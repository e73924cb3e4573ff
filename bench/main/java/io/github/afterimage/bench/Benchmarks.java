package io.github.afterimage.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the benchmarks: a suite, whose results are kept, or JMH's own command line. Either prints the figures of each benchmark. */
public final class Benchmarks {
    private static final Path FOLDER = Path.of("target", "benchmarks");
    private static final Path PEERS_SCRIPT = Path.of("tools", "peers.sh");
    private static final String USAGE = """
            selection                   the ten minutes that a change may spoil, into target/benchmarks/selection.json
            all                         the same benchmarks on all sizes, an hour, with tools/peers.sh; then tables
            check                       that everything runs, on sizes that say nothing
            tables RESULTS...           prints results as tables
            baseline RESULTS FILE       keeps the ratios of a run to compare with
            compare BASELINE RESULTS    fails if a ratio got worse by more than 10 %
            data FOLDER [SHAPE...]      writes the keys as .npy files
            anything else               is for JMH: -h says what""";

    /** The benchmarks of a suite, as lines of options of JMH. */
    private static final String SELECTION = """
            RooflineBenchmark -p keys=50000
            PeersBenchmark -p shape=CIFAR_SHORT -p batch=1,16,256
            PeersBenchmark -p shape=IMAGENET -p batch=16
            CallersBenchmark -p callers=16 -p threads=1,2
            KeysBenchmark -p keys=1000000
            FilesBenchmark -p type=FLOAT32""";

    private static final String ALL = """
            RooflineBenchmark
            PeersBenchmark
            CallersBenchmark
            KeysBenchmark
            FilesBenchmark""";

    private static final String CHECK = """
            RooflineBenchmark -p keys=2000 -p dim=256
            PeersBenchmark -p shape=TINY
            CallersBenchmark -p callers=1,4,16 -p threads=2 -p keys=2000 -p dim=64
            KeysBenchmark -p keys=1000,10000
            ClassesBenchmark -p classes=1000
            FilesBenchmark -p keys=5000 -p dim=64
            LogBenchmark -p keys=5000
            ReduceBenchmark -p dim=256 -p reducedDim=128
            RestrictionBenchmark -p keys=5000 -p dim=64""";

    private Benchmarks() {}

    /** @param args one of the above, or options of JMH, such as {@code PeersBenchmark -p shape=CIFAR -f 1} */
    public static void main(String[] args) throws Exception {
        String command = args.length == 0 ? "" : args[0];
        List<String> rest = Arrays.asList(args).subList(Math.min(1, args.length), args.length);
        try {
            switch (command) {
                case "", "help" -> System.out.println(USAGE);
                case "selection" -> suite(command, SELECTION, "-f 3 -i 2");
                case "check" -> suite(command, CHECK, "-f 1 -wi 0 -i 1 -r 10ms");
                case "all" -> everything();
                case "tables" -> System.out.print(read(rest).tables());
                case "baseline" ->
                    Comparison.kept(Results.read(Path.of(rest.get(0)))).write(Path.of(rest.get(1)));
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
        } else if (options.shouldList()) {
            new Runner(options).list();
        } else {
            System.out.print(run(Machine.describe(), args).tables());
        }
    }

    private static Results run(Map<String, String> machine, String... options) throws Exception {
        return Results.of(
                machine,
                new Runner(new OptionsBuilder()
                                .parent(new CommandLineOptions(options))
                                .addProfiler(
                                        InterleavedBenchmark.Figures.class
                                                .getName()) // its canonical name cannot be loaded
                                .shouldFailOnError(true)
                                .build())
                        .run());
    }

    private static Path suite(String name, String lines, String common) throws Exception {
        Path file = FOLDER.resolve(name + ".json");
        Results all = new Results(Machine.describe(), List.of());
        for (String options : lines.lines().toList()) {
            Results found = run(all.machine(), (options + " " + common).split(" "));
            System.out.print(found.tables());
            all = all.with(found);
            all.write(file); // after each, so that an hour is not lost
        }
        System.out.println("\n" + file);
        return file;
    }

    private static void everything() throws Exception {
        Path peers = FOLDER.resolve("peers.json");
        Files.deleteIfExists(peers);
        if (Files.exists(PEERS_SCRIPT)) {
            Process process = new ProcessBuilder("bash", PEERS_SCRIPT.toString(), FOLDER.toString())
                    .inheritIO()
                    .start();
            if (process.waitFor() != 0) {
                throw new IOException(PEERS_SCRIPT + " failed");
            }
        }
        Results all = Results.read(suite("all", ALL, "-f 3 -i 3"));
        System.out.print((Files.exists(peers) ? all.with(Results.read(peers)) : all).tables());
    }

    private static Results read(List<String> files) throws IOException {
        Results results = Results.read(Path.of(files.get(0)));
        for (String more : files.subList(1, files.size())) {
            results = results.with(Results.read(Path.of(more)));
        }
        return results;
    }

    private static void compare(Path baseline, Path result) throws IOException {
        Comparison comparison = new Comparison(Results.read(baseline), Results.read(result));
        comparison.lines.forEach(System.out::println);
        System.out.printf(
                Locale.ROOT,
                "%d of %d ratios are worse by more than %.0f %%%n",
                comparison.worse,
                comparison.lines.size(),
                100 * Comparison.TOLERANCE);
        if (comparison.worse > 0) {
            System.exit(1);
        }
    }
}
