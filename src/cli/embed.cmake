# cmake -DOUTPUT=file.cpp "-DPAGES=name=file.md;…" -P embed.cmake: pages as string constants of pages.hpp.
set(text "#include \"cli/pages.hpp\"\n\nnamespace firn::cli::pages {\n")
foreach(page ${PAGES})
  string(REGEX MATCH "^([^=]+)=(.+)$" matched ${page})
  file(READ ${CMAKE_MATCH_2} content)
  string(APPEND text "\nconst std::string_view ${CMAKE_MATCH_1} = R\"page(${content})page\";\n")
endforeach()
string(APPEND text "\n}  // namespace firn::cli::pages\n")
file(WRITE ${OUTPUT} "${text}")
