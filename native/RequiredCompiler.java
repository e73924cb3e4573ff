import java.io.IOException;

/** Ends a build without a C++ compiler before anything else is compiled. */
final class RequiredCompiler {
    private RequiredCompiler() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        String named = System.getenv("CXX");
        String compiler = named == null || named.isEmpty() ? "g++" : named;
        try {
            new ProcessBuilder(compiler, "--version")
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            String sentence =
                    "The C++ compiler " + compiler + " is missing: install it (Debian, Ubuntu: apt-get install g++), "
                            + "or build a slower version without it: add -Dnative.skip -DskipTests";
            // Maven prints twenty lines about a failure, and this behind them. It ends the thread's own group before.
            ThreadGroup group = Thread.currentThread().getThreadGroup();
            while (group.getParent() != null) {
                group = group.getParent();
            }
            String last = System.lineSeparator() + sentence;
            Runtime.getRuntime().addShutdownHook(new Thread(group, () -> System.err.println(last)));
            throw new IOException(compiler + " is missing", e);
        }
    }
}
