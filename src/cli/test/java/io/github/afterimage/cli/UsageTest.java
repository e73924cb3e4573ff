package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import ai.onnxruntime.OrtEnvironment;
import io.github.afterimage.JavaCommand;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.platform.NativeLibrary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class UsageTest {
    private static final List<String> COMMANDS =
            List.of("try", "layers", "build", "tune", "evaluate", "predict", "info", "check", "convert", "doctor");

    @TempDir
    private Path folder;

    @Test
    void helpListsEveryCommandAndTheExitCodes() {
        Run.printed("--help")
                .contains(COMMANDS)
                .contains("0 done, 1 failed, 2 wrong command line", "3 an index or data that are damaged");
    }

    @Test
    void helpListsCommandsAndOptionsByTask() {
        Run.printed("--help").contains("\n\nBegin:\n  demo", "\n\nChange an index:\n  add");
        Run.printed("serve --help").contains("\n\nAddress and access:\n      --host", "\n\nMachine:\n      --engine");
    }

    @ParameterizedTest
    @ValueSource(strings = {"serve --prot 8: --port", "try --dta x: --data", "build --mdel=x: --model"})
    void aMisspeltOptionIsGuessed(String wrong) {
        String[] parts = wrong.split(": ");
        Run.refused(parts[0]).contains("did you mean " + parts[1] + "?");
    }

    @Test
    void aFolderWithoutItsKindIsGuessed() {
        Run.refused("try --data %s", folder).contains("has no kind: did you mean images:" + folder + "?");
    }

    @Test
    void helpOfHelpHasLineBreaks() {
        Run.printed("help help").doesNotContain("%n").contains("COMMAND");
    }

    @Test
    void everyCommandExplainsItselfWithAnExample() {
        for (String command : COMMANDS) {
            String help = Run.done(command, "--help").out();
            assertThat(help).contains("Usage: afterimage " + command, "Examples:", "  afterimage " + command, "--json");
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void examplesCanBeCopiedFromTheHelp(String command, CommandSpec about) {
        assertThat(commandsIn(Run.done(command, "--help")
                        .out()
                        .lines()
                        .dropWhile(line -> !line.equals("Examples:"))
                        .skip(1)))
                .isEqualTo(commandsIn(Stream.of(about.usageMessage().footer())));
    }

    /** Commands as a shell reads them. */
    private static String commandsIn(Stream<String> lines) {
        return lines.collect(Collectors.joining("\n")).replaceAll(" \\\\\n +", " ");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void descriptionsFlowAndBreakNoWord(String command, CommandSpec about) {
        List<String> words = words(Run.done(command, "--help").out());
        Stream.concat(
                        Stream.of(about.usageMessage()).map(CommandLine.Model.UsageMessageSpec::description),
                        about.options().stream().map(CommandLine.Model.OptionSpec::description))
                .forEach(lines -> {
                    assertThat(words).containsAll(words(String.join(" ", lines)));
                    assertThat(String.join("\n", lines)).doesNotContainPattern("(?m)^[^ \n].*[^ :\n]\n[^ \n]");
                });
    }

    @Test
    void helpNamesACommandAsItsOptionDoes() {
        for (String command : COMMANDS) {
            Run.printed("help %s", command)
                    .isEqualTo(Run.done(command, "--help").out());
        }
        Run.printed("help measure methods")
                .isEqualTo(Run.done("measure methods --help").out());
        Run.refused("help nowhere").contains("Unknown subcommand 'nowhere'", "; see");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpBreaksBetweenWordsOnANarrowTerminal(String command) {
        List<String> words = words(commandsIn(Run.done(command, "--help").out().lines()));
        List<String> narrow = Run.on(40, command, "--help").out().lines().toList();
        assertThat(words(commandsIn(narrow.stream()))).containsExactlyElementsOf(words);
        assertThat(narrow)
                .allMatch(line -> line.length() <= 40 || words(line).size() <= 2 || line.startsWith("Usage: "));
    }

    @Test
    void examplesQuoteWhatShellsTakeForPatterns() throws IOException {
        Stream<String> footers = Stream.concat(
                        Stream.of(new CommandLine(Afterimage.class).getCommandSpec()),
                        commands().map(command -> (CommandSpec) command.get()[1]))
                .flatMap(command -> Stream.of(command.usageMessage().footer()));
        try (Stream<String> readme = Files.lines(Path.of("README.md")).filter(line -> line.startsWith("    "))) {
            assertThat(Stream.concat(footers, readme))
                    .isNotEmpty()
                    .noneMatch(line -> line.matches(".*--(data|test|layers) [^' ]*[#\\[*].*"));
        }
    }

    @Test
    void tablesBreakBetweenWordsOnANarrowTerminal() {
        List<String> wide = Run.done("doctor").out().lines().toList();
        List<String> narrow = Run.on(50, "doctor").out().lines().toList();
        assertThat(narrow).allMatch(line -> line.length() <= 50);
        assertThat(narrow.size()).isGreaterThan(wide.size());
    }

    @ParameterizedTest
    @MethodSource("commandsOfAnIndex")
    void anIndexIsNamedByItsOptionOrAlone(String command) {
        Run alone = Run.of(command, "--json", "nowhere.safetensors");
        assertThat(alone).isEqualTo(Run.of(command, "--json", "--index", "nowhere.safetensors"));
        assertThat(alone.err()).doesNotContain("--index", "unknown");
        assertThat(String.join(" ", words(Run.done(command, "--help").out())))
                .contains(" INDEX may stand without --index");
    }

    @Test
    void aTableThatIsTooWideForATerminalHasALineForEachCell() throws IOException {
        Object[] evaluate = {
            "evaluate --index %s --data %s --theta 1 --lambda 0.5",
            TwoClasses.index(folder),
            TwoClasses.examples(folder)
        };
        assertThat(Run.of(evaluate).out()).containsPattern("class 0 +5 +40.00 % +60.00 %");
        assertThat(Run.on(40, evaluate).out()).contains("\nclass 0\n  examples  5\n  network   40.00 %\n");
    }

    @Test
    void anErrorIsAnObjectTooWhereOneIsAskedFor() throws IOException {
        Run failed = Run.of("info nowhere --json");
        assertThat(failed.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(failed.err()).isEqualTo("afterimage: nowhere: no such index; make one with build\n");
        assertThat(failed.object().get("error"))
                .isEqualTo(Map.of("message", "nowhere: no such index; make one with build", "exitCode", 1));
        Run wrong = Run.of("info --json --wrong");
        assertThat(wrong.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(wrong.object().toString()).contains("Unknown option: '--wrong'", "exitCode=2");
    }

    /** The words of each command, and what it says about itself. */
    private static Stream<Arguments> commands() {
        return commands("", new CommandLine(Afterimage.class));
    }

    private static Stream<String> commandsOfAnIndex() {
        return commands()
                .filter(each -> ((CommandSpec) each.get()[1]).findOption("--index") != null)
                .map(each -> (String) each.get()[0]);
    }

    private static Stream<Arguments> commands(String words, CommandLine parent) {
        return parent.getSubcommands().entrySet().stream().flatMap(entry -> {
            CommandLine command = entry.getValue();
            return command.getCommand() instanceof Command
                    ? Stream.of(arguments(words + entry.getKey(), command.getCommandSpec()))
                    : commands(words + entry.getKey() + " ", command);
        });
    }

    private static List<String> words(String text) {
        return Pattern.compile("\\S+")
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .toList();
    }

    @Test
    void withoutACommandItShowsWhatThereIs() {
        Run run = Run.of();
        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains(COMMANDS);
    }

    @Test
    void groupsListTheirCommands() {
        Run.printed("reproduce --help").contains("table1", "layers", "size", "attacks", "jacobian");
        Run run = Run.of("measure");
        assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("methods", "reductions");
        Run.refused("measure methodz").contains("'methodz', did you mean methods");
    }

    @Test
    void helpMarksWhatIsRequired() {
        Run.printed("measure methods --help").contains("*     --data");
    }

    @Test
    void saysItsVersion() {
        Run.printed("--version").startsWith("afterimage ");
    }

    @Test
    void anUnknownCommandHasNoHelp() {
        Run.refused("nothing --help").contains("'nothing'", "afterimage --help");
        Run.refused("measure nothing --help").contains("'nothing'");
        Run.refused("help measure nothing").contains("'nothing'");
    }

    @Test
    void suggestsWhatWasMeant() {
        Run.refused("evalute").contains("'evalute', did you mean evaluate");
        Run.refused("info a --jsn").contains("Unknown option: '--jsn', did you mean --json");
        Run.refused("info a b").contains("Unmatched argument at index 3: 'b'");
        Run.refused("build").contains("--data", "--out", "afterimage build --help");
        Run.refused("info").contains("INDEX");
        Run.refused("remove --index a").contains("(specify one of these): (--ids=IDS | --label=CLASS | --name=PATTERN");
        Run.refused("preview net.onnx a.png --out seen.jpg").contains("seen.jpg", "PNG");
        Run.refused("serve --config nowhere").contains("nowhere: no such file");
        Run.refused("doctor --threads two").contains("--threads", "two");
    }

    @Test
    void namesAMisspelledOptionBeforeWhatIsMissing() {
        Run.refused("evaluate --index i --dta x")
                .startsWith("afterimage: Unknown options: '--dta', 'x', did you mean --data?; see");
        Run.refused("evaluate --index i --daat x")
                .startsWith("afterimage: Unknown options: '--daat', 'x', did you mean --data?; see");
        Run.refused("evaluate --index i").startsWith("afterimage: Missing");
    }

    @Test
    void saysWhichLocaleKnowsAName() {
        String unmappable = "x" + (char) 0xd800; // in no encoding
        Run.refused("info %s", unmappable).contains("--index", "set LC_ALL=C.UTF-8");
        Run.refused("predict --index i --model m %s", unmappable)
                .contains("has characters that no name has in this locale: set LC_ALL=C.UTF-8");
        Run.refused("build --out o --data npz:%s", unmappable).contains("data \"npz:x", "set LC_ALL=C.UTF-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"evaluate", "tune"})
    void namesTheEnginesThatThereAre(String command) {
        Run.refused(command, "--index", "i", "--data", "features:f", "--engine", "cdua")
                .contains("engine \"cdua\"", "auto", "reference", "blas", "fused");
    }

    @Test
    void showsWhereItFailedIfAsked() {
        Run run = Run.of("info nowhere --stack-trace");
        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run.err()).startsWith("afterimage: nowhere: no such index").contains("\tat io.github.afterimage.");
    }

    @Test
    void doctorTriesEveryEngine() throws IOException {
        Map<String, Object> found = Run.json("doctor");
        assertThat(found).containsKeys("auto", "processors", "threads", "versions", "heapBytes");
        List<Map<String, Object>> engines = Run.objects(found, "engines");
        assertThat(engines).extracting(engine -> engine.get("name")).contains("reference", "blas", "fused");
        assertThat(engines).extracting(engine -> engine.get("state")).isSubsetOf("ok", "unavailable");
        Run.printed("doctor").contains("reference", "ONNX Runtime", "OpenBLAS");
    }

    @Test
    void doctorNamesOnnxRuntimeAndTheCudaThatItsGpuBuildNeeds() throws IOException {
        assertThat(Run.json("doctor").get("versions"))
                .asInstanceOf(InstanceOfAssertFactories.map(String.class, String.class))
                .containsEntry("onnxRuntime", OrtEnvironment.getEnvironment().getVersion())
                .containsEntry("onnxRuntimeCuda", "12");
        Run.printed("doctor").contains("onnxruntime_gpu of this version, CUDA 12, cuDNN 9");
    }

    @Test
    void aPropertyThatNamesNoInstructionSetIsAWrongCommandLine() throws Exception {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());
        Process process = new ProcessBuilder(
                        JavaCommand.of(List.of("-Dafterimage.instructions=avx1024"), Afterimage.class, "doctor"))
                .redirectErrorStream(true)
                .start();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains(
                        "-Dafterimage.instructions: instruction set \"avx1024\": expected one that this processor runs");
        assertThat(process.waitFor()).isEqualTo(ExitCode.USAGE);
    }
}
