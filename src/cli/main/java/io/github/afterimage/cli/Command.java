package io.github.afterimage.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** A command: does its work, and reports it when all is done, so that one that fails has printed nothing. */
abstract class Command implements Callable<Integer> {
    @Mixin
    private CommonOptions common;

    @Override
    public final Integer call() throws IOException {
        Report report = new Report();
        execute(report);
        common.print(report);
        return report.exitCode();
    }

    /**
     * Does the work.
     *
     * @throws IllegalArgumentException if the command line asks for what cannot be
     */
    abstract void execute(Report report) throws IOException;

    final CommonOptions common() {
        return common;
    }
}
