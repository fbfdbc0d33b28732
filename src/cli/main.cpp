#include "cli/program.hpp"

int main(int count, char** arguments) { return firn::cli::run({arguments + 1, arguments + count}); }
