package io.github.afterimage.cli;

import io.github.afterimage.cli.answers.EvaluateCommand;
import io.github.afterimage.cli.answers.PredictCommand;
import io.github.afterimage.cli.index.AddCommand;
import io.github.afterimage.cli.index.BuildCommand;
import io.github.afterimage.cli.index.CheckCommand;
import io.github.afterimage.cli.index.ConvertCommand;
import io.github.afterimage.cli.index.ExportCommand;
import io.github.afterimage.cli.index.InfoCommand;
import io.github.afterimage.cli.index.RemoveCommand;
import io.github.afterimage.cli.index.TuneCommand;
import io.github.afterimage.cli.network.FeaturesCommand;
import io.github.afterimage.cli.network.LayersCommand;
import io.github.afterimage.cli.network.PreviewCommand;
import io.github.afterimage.cli.output.StandardOutput;
import io.github.afterimage.cli.output.Usage;
import io.github.afterimage.cli.output.Version;
import io.github.afterimage.cli.service.Configuration;
import io.github.afterimage.cli.service.ServeCommand;
import io.github.afterimage.cli.start.DemoCommand;
import io.github.afterimage.cli.start.TryCommand;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.command.Interruption;
import io.github.afterimage.experiments.command.Program;
import io.github.afterimage.experiments.command.Terminal;
import io.github.afterimage.experiments.options.PreprocessingOptions;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.experiments.report.Report;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program: {@code java -jar afterimage.jar COMMAND}. */
@CommandLine.Command(
        name = "afterimage",
        versionProvider = Version.class,
        customSynopsis = "afterimage COMMAND [OPTIONS]",
        header = {"Gives a trained image classifier a memory: the most similar of labelled pictures vote.", ""},
        subcommands = {
            DemoCommand.class,
            TryCommand.class,
            LayersCommand.class,
            PreviewCommand.class,
            BuildCommand.class,
            TuneCommand.class,
            EvaluateCommand.class,
            PredictCommand.class,
            ServeCommand.class,
            AddCommand.class,
            RemoveCommand.class,
            InfoCommand.class,
            CheckCommand.class,
            ConvertCommand.class,
            ExportCommand.class,
            FeaturesCommand.class,
            CommandGroup.Reproduce.class,
            CommandGroup.Measure.class,
            DoctorCommand.class,
            AutoComplete.GenerateCompletion.class,
            CommandLine.HelpCommand.class
        },
        footer = {
            "",
            "A first run, from a network and a folder of pictures to an answer:",
            "  afterimage try net.onnx --data images:DIR",
            "",
            "The same by hand, with CIFAR-10:",
            "  afterimage layers net.onnx",
            "  afterimage build --model net.onnx --layers LAYER,LAYER --data 'cifar10:DIR#train[0:45000]' \\",
            "      --out cache.safetensors",
            "  afterimage tune --index cache.safetensors --model net.onnx \\",
            "      --data 'cifar10:DIR#train[45000:]' --save",
            "  afterimage evaluate --index cache.safetensors --model net.onnx --data 'cifar10:DIR#test'",
            "",
            "INDEX alone is understood as --index INDEX: afterimage info cache.safetensors",
            "The preparation of images is explained by: afterimage help preprocess",
            "",
            "Exit codes: 0 done, 1 failed, 2 wrong command line,",
            "3 an index or data that are damaged or not of the form expected,",
            "129 the terminal was closed, 130 Ctrl-C, 143 SIGTERM."
        })
public final class Afterimage extends CommandGroup implements Program, Usage.Headed {
    private static final Map<String, String> HEADINGS = Map.of(
            "demo", "Begin",
            "layers", "Look at a network",
            "build", "Make an index, tune and test it",
            "predict", "Use an index",
            "add", "Change an index",
            "info", "Look after an index",
            "export", "Exchange with other programs",
            "reproduce", "Experiments",
            "doctor", "This machine, and help");

    private static final List<String> PREPROCESSING = List.of("help", "preprocess");
    private static final String SERVE = "serve";
    private static final String STACK_TRACE_VARIABLE = "AFTERIMAGE_STACK_TRACE";
    private static final String SPARK_LOG_LEVEL = "org.slf4j.simpleLogger.defaultLogLevel";
    /** Jetty would write whatever names of a host a client sends, line breaks too, as often as it does. */
    private static final List<String> WRONG_HOSTS_LOG_LEVELS = List.of(
            "org.slf4j.simpleLogger.log.org.eclipse.jetty.util.HostPort",
            "org.slf4j.simpleLogger.log.org.eclipse.jetty.http.HttpParser");

    private static final String LOG_FORMAT = "java.util.logging.SimpleFormatter.format";
    /** Longer lines are hard to read. */
    private static final int MAX_HELP_COLUMNS = 100;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version.")
    @SuppressWarnings("unused") // picocli sets it
    private boolean version;

    private final boolean showsProgress;
    private final int columns;

    /** For picocli, which writes the completion of a shell and the manual. */
    @SuppressWarnings("unused")
    private Afterimage() {
        this(false, Report.UNLIMITED);
    }

    private Afterimage(boolean showsProgress, int columns) {
        this.showsProgress = showsProgress;
        this.columns = columns;
    }

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        defaultProperty(SPARK_LOG_LEVEL, "warn");
        WRONG_HOSTS_LOG_LEVELS.forEach(level -> defaultProperty(level, "off"));
        defaultProperty(LOG_FORMAT, "afterimage: %5$s%6$s%n"); // message and stack trace
        Interruption.interrupt(Thread.currentThread());
        StandardOutput out = new StandardOutput();
        int exitCode = run(arguments, out.printer(), System.err, Terminal.ERRORS.isShown(), Terminal.OUTPUT.columns());
        if (out.loss() != null) {
            System.err.println("afterimage: " + out.loss());
            exitCode = Math.max(exitCode, ExitCode.FAILED);
        }
        System.exit(exitCode);
    }

    private static void defaultProperty(String name, String value) {
        if (System.getProperty(name) == null) {
            System.setProperty(name, value);
        }
    }

    /** Runs a command that shows no progress. */
    static int run(String[] arguments, PrintStream out, PrintStream err) {
        return run(arguments, out, err, false, OptionalInt.empty());
    }

    /**
     * Returns the arguments for picocli: {@code measure methods --help} for {@code help measure methods}, and {@code info --index INDEX}
     * for {@code info INDEX}. Where a command takes other arguments too, the ending of its name tells the index.
     */
    private static List<String> understood(CommandLine line, List<String> arguments) {
        boolean help = arguments.size() > 2 && arguments.get(0).equals("help");
        List<String> words = new ArrayList<>(help ? arguments.subList(1, arguments.size()) : arguments);
        CommandLine command = line;
        int next = 0;
        while (next < words.size() && command.getSubcommands().containsKey(words.get(next))) {
            command = Objects.requireNonNull(command.getSubcommands().get(words.get(next++)));
        }
        if (!command.getSubcommands().isEmpty()
                && next < words.size()
                && !words.get(next).startsWith("-")) {
            return words.subList(0, next + 1); // an unknown command has no help
        }
        if (help && next == words.size()) {
            words.add("--help");
        }
        CommandSpec spec = command.getCommandSpec();
        boolean named = words.stream().anyMatch(word -> word.matches(Usage.INDEX + "(=.*)?"));
        for (; !named && spec.findOption(Usage.INDEX) != null && next < words.size(); next++) {
            String word = words.get(next);
            if (!word.startsWith("-") && (spec.positionalParameters().isEmpty() || word.endsWith(".safetensors"))) {
                words.add(next, Usage.INDEX);
                return words;
            }
            OptionSpec option = spec.findOption(word);
            int values = option == null ? 0 : option.arity().max();
            while (values-- > 0
                    && next + 1 < words.size()
                    && !words.get(next + 1).startsWith("-")) {
                next++;
            }
        }
        return words;
    }

    /** @param columns of the terminal that shows {@code out}, if one does */
    static int run(String[] arguments, PrintStream out, PrintStream err, boolean showsProgress, OptionalInt columns) {
        boolean json = Arrays.asList(arguments).contains(Command.JSON); // even where others are wrong
        int helpColumns = Math.min(MAX_HELP_COLUMNS, columns.orElse(Terminal.USUAL_COLUMNS));
        CommandLine line = line(new Afterimage(showsProgress, columns.orElse(Report.UNLIMITED)), arguments)
                .setOut(new PrintWriter(out, true, Charset.defaultCharset()))
                .setErr(new PrintWriter(err, true, Charset.defaultCharset()))
                .registerConverter(Path.class, Afterimage::path)
                .registerConverter(Pattern.class, Afterimage::pattern)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setToggleBooleanFlags(true) // sets a flag; otherwise it becomes the opposite of its value in a file
                .setParameterExceptionHandler((problem, given) -> usage(problem, json))
                .setExecutionExceptionHandler((problem, command, given) -> failed(command, problem, json));
        CommandLine completion = line.getSubcommands().get("generate-completion");
        if (completion != null) { // the command is another one
            completion
                    .getCommandSpec()
                    .usageMessage()
                    .header("Write a script for bash and zsh that completes commands.");
        }
        Usage.layOut(line.getCommandSpec(), helpColumns);
        if (List.of(arguments).equals(PREPROCESSING)) {
            line.getOut().print(Usage.text(PreprocessingOptions.HELP, helpColumns));
            line.getOut().flush();
            return ExitCode.DONE;
        }
        try {
            if (arguments.length > 0 && arguments[0].equals(SERVE)) {
                CommandLine serve = Objects.requireNonNull(line.getSubcommands().get(SERVE));
                Configuration.apply(serve, List.of(arguments), System.getenv());
            }
            return line.execute(understood(line, List.of(arguments)).toArray(String[]::new));
        } catch (ParameterException e) {
            return usage(e, json);
        } catch (OutOfMemoryError | LinkageError e) {
            return failed(line, e, json);
        }
    }

    /** Reads the options of one command, where the first word names it: those of all take longer than most commands. */
    private static CommandLine line(Afterimage program, String[] arguments) {
        CommandLine.Command all = Afterimage.class.getAnnotation(CommandLine.Command.class);
        for (Class<?> each : all.subcommands()) {
            String name = each.getAnnotation(CommandLine.Command.class).name();
            if (arguments.length > 0 && name.equals(arguments[0]) && Command.class.isAssignableFrom(each)) {
                CommandSpec root = CommandSpec.wrapWithoutInspection(program).name(all.name());
                return new CommandLine(root.addSubcommand(name, new CommandLine(each)));
            }
        }
        return new CommandLine(program);
    }

    private static Path path(String text) {
        noPath(text).ifPresent(problem -> {
            throw new TypeConversionException(problem);
        });
        return Path.of(text);
    }

    private static Pattern pattern(String text) {
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new TypeConversionException("\"" + text + "\" is not a regular expression: " + e.getDescription()
                    + (e.getIndex() < 0 ? "" : " at character " + (e.getIndex() + 1)));
        }
    }

    private static Optional<String> noPath(String text) {
        if (text.isEmpty()) {
            return Optional.of("the path is empty: expected the name of a file or folder");
        }
        try {
            Path unused = Path.of(text);
            return Optional.empty();
        } catch (InvalidPathException e) {
            return Optional.of("\"" + text
                    + "\" has characters that no name has in this locale: set LC_ALL=C.UTF-8 or another UTF-8 locale");
        }
    }

    private static int usage(ParameterException problem, boolean json) {
        CommandLine command = problem.getCommandLine();
        String text = String.valueOf(problem.getMessage());
        if (problem.getArgSpec() != null && command.getDefaultValueProvider() != null) {
            text += ", on the command line, in the environment or in the file of --config";
        }
        List<String> unknown = problem instanceof UnmatchedArgumentException
                        || problem instanceof MissingParameterException // perhaps because an option is misspelled
                ? command.getParseResult().unmatched()
                : List.of();
        if (!unknown.isEmpty()) {
            boolean paths = !command.getCommandSpec().positionalParameters().isEmpty();
            text = unknown.stream()
                    .flatMap(word -> paths ? noPath(word).stream() : Stream.empty()) // picocli does not say why
                    .findFirst()
                    .orElseGet(() -> Usage.unknown(new UnmatchedArgumentException(command, unknown)));
        }
        String help = "; see " + command.getCommandSpec().qualifiedName() + " --help";
        return print(command, new Failure(ExitCode.USAGE, text + help), json);
    }

    private static int failed(CommandLine command, Throwable problem, boolean json) {
        int exitCode = print(command, Failure.of(problem), json);
        boolean asked = command.getCommand() instanceof Command own && own.stackTrace();
        if (asked || System.getenv(STACK_TRACE_VARIABLE) != null) {
            problem.printStackTrace(command.getErr());
        }
        return exitCode;
    }

    /** Prints a failure: a sentence on standard error and, with --json, an object on standard output. */
    private static int print(CommandLine command, Failure failure, boolean json) {
        command.getErr().println("afterimage: " + failure.message());
        if (json) {
            Map<String, Object> error = Report.object("message", failure.message(), "exitCode", failure.exitCode());
            new Report().field("error", error).print(command.getOut(), true, Report.UNLIMITED);
        }
        return failure.exitCode();
    }

    @Override
    public Map<String, String> headings() {
        return HEADINGS;
    }

    @Override
    public boolean showsProgress() {
        return showsProgress;
    }

    @Override
    public int columns() {
        return columns;
    }
}
