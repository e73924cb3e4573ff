package io.github.afterimage.cli;

import io.github.afterimage.experiments.attacks.AttackCommand;
import io.github.afterimage.experiments.attacks.JacobianCommand;
import io.github.afterimage.experiments.layers.KeyLayersCommand;
import io.github.afterimage.experiments.lessons.LessonsCommand;
import io.github.afterimage.experiments.methods.MethodsCommand;
import io.github.afterimage.experiments.reductions.ReductionsCommand;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.experiments.size.SizeCommand;
import io.github.afterimage.experiments.table1.TableOneCommand;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Commands under a common first word. Without a second word, prints the help and fails. */
abstract class CommandGroup implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help, or that of a command.")
    @SuppressWarnings("unused") // picocli sets it
    private boolean help;

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    /** The experiments of the paper. */
    @CommandLine.Command(
            name = "reproduce",
            header = "Repeat an experiment of the paper on any network and data.",
            subcommands = {
                TableOneCommand.class,
                KeyLayersCommand.class,
                SizeCommand.class,
                AttackCommand.class,
                JacobianCommand.class
            },
            customSynopsis = "afterimage reproduce COMMAND [OPTIONS]")
    static final class Reproduce extends CommandGroup {}

    /** The other experiments. */
    @CommandLine.Command(
            name = "measure",
            header = "Measure what an index, features or a memory are worth.",
            subcommands = {LessonsCommand.class, MethodsCommand.class, ReductionsCommand.class},
            customSynopsis = "afterimage measure COMMAND [OPTIONS]")
    static final class Measure extends CommandGroup {}
}
